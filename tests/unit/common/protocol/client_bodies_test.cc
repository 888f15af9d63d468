// Bodies between clients, tools and brokers, against the texts that Java's classes of 4.2.0 and 5.x
// print.

#include <gtest/gtest.h>

#include "common/protocol/connections.h"
#include "common/protocol/heartbeat.h"
#include "common/protocol/java_json.h"
#include "common/protocol/lists.h"
#include "common/protocol/lock_batch.h"
#include "common/protocol/message_queue.h"
#include "common/protocol/offset_tables.h"
#include "common/protocol/route_data.h"
#include "tests/unit/common/protocol/golden.h"

namespace rewindmq::protocol {
namespace {

const MessageQueue kQueue1{"TopicTest", "broker-a", 1};
const MessageQueue kQueue3{"TopicTest", "broker-a", 3};
#define KEY1 R"({"brokerName":"broker-a","queueId":1,"topic":"TopicTest"})"
#define KEY3 R"({"brokerName":"broker-a","queueId":3,"topic":"TopicTest"})"

TEST(MessageQueue, KeyHasTheOrderThatGoSplits) {
  EXPECT_EQ(kQueue3.ToJsonKey(), KEY3);
  EXPECT_EQ(*MessageQueueFromKey(KEY3), kQueue3);
  EXPECT_EQ(*MessageQueueFromKey(R"({"topic":"TopicTest","queueId":3,"brokerName":"broker-a"})"),
            kQueue3);
  EXPECT_FALSE(MessageQueueFromKey("x").ok());
  EXPECT_FALSE(MessageQueueFromKey(R"({"queueId":[]})").ok());
  EXPECT_LT(kQueue1, kQueue3);
}

TEST(ResetOffsetBody, HasAMapFormAndAListForm) {
  ResetOffsetBody offsets = {{kQueue1, 12345678901}, {kQueue3, 0}};
  const char map[] = "{\"offsetTable\":{" KEY1 ":12345678901," KEY3 ":0}}";
  EXPECT_EQ(EncodeResetOffsetBody(offsets), map);
  EXPECT_EQ(*DecodeResetOffsetBody(map), offsets);
  const char list[] =
      R"({"offsetTable":[{"brokerName":"broker-a","offset":12345678901,"queueId":1,)"
      R"("topic":"TopicTest"},{"brokerName":"broker-a","offset":0,"queueId":3,)"
      R"("topic":"TopicTest"}]})";
  EXPECT_EQ(EncodeResetOffsetBodyForC(offsets), list);
  EXPECT_EQ(*DecodeResetOffsetBody(list), offsets);
  EXPECT_TRUE(DecodeResetOffsetBody("{}")->empty());
  for (const char* bad :
       {"", "[]", R"({"offsetTable":7})", R"({"offsetTable":{"x":1}})",
        R"({"offsetTable":[{"queueId":"x"}]})", "{\"offsetTable\":{" KEY1 ":{}}}"}) {
    EXPECT_FALSE(DecodeResetOffsetBody(bad).ok()) << bad;
  }
}

TEST(ResetOffsetBody, GoldenAnswersAndCallbacksAreUnderstood) {
  for (const char* name : {"4.2.0/000222-INVOKE_BROKER_TO_RESET_OFFSET-br-resp-0-SUCCESS.bin",
                           "4.2.0/000220-RESET_CONSUMER_CLIENT_OFFSET-to-client-oneway.bin",
                           "5.5.0/000222-INVOKE_BROKER_TO_RESET_OFFSET-br-resp-0-SUCCESS.bin",
                           "5.5.0/000220-RESET_CONSUMER_CLIENT_OFFSET-to-client-oneway.bin"}) {
    Result<ResetOffsetBody> offsets = DecodeResetOffsetBody(LoadGoldenBody(name));
    ASSERT_TRUE(offsets.ok()) << name;
    EXPECT_EQ(offsets->size(), 4U) << name;
    EXPECT_EQ(offsets->count(kQueue3), 1U) << name;
  }
}

TEST(ConsumeStats, IsReadFromBothAndWrittenAs5) {
  ConsumeStats stats;
  stats.consume_tps = 1.5;
  stats.offset_table[kQueue3] = {10, 4, 1700000000000, 0};
  const char of4[] = "{\"consumeTps\":1.5,\"offsetTable\":{" KEY3
                     R"(:{"brokerOffset":10,"consumerOffset":4,"lastTimestamp":1700000000000}}})";
  const char of5[] = "{\"consumeTps\":1.5,\"offsetTable\":{" KEY3
                     R"(:{"brokerOffset":10,"consumerOffset":4,"lastTimestamp":1700000000000,)"
                     R"("pullOffset":0}}})";
  EXPECT_EQ(EncodeConsumeStats(stats), of5);
  EXPECT_EQ(*DecodeConsumeStats(of4), stats);
  EXPECT_EQ(*DecodeConsumeStats(of5), stats);
  // A 4.2.0 broker writes null where it divided by zero.
  ConsumeStats golden =
      *DecodeConsumeStats(LoadGoldenBody("4.2.0/000208-GET_CONSUME_STATS-br-resp-0-SUCCESS.bin"));
  EXPECT_EQ(golden.offset_table.size(), 5U);
  EXPECT_EQ(golden.offset_table.at(kQueue3).consumer_offset, 2500);
}

TEST(TopicStatsTable, IsReadFromBothAndWrittenAs5) {
  TopicStatsTable table;
  table.offset_table[kQueue3] = {1, 9, 1700000000000};
  const char of4[] = "{\"offsetTable\":{" KEY3
                     R"(:{"lastUpdateTimestamp":1700000000000,"maxOffset":9,"minOffset":1}}})";
  std::string of5 = std::string(of4, sizeof of4 - 2) + R"(,"topicPutTps":0.0})";
  EXPECT_EQ(EncodeTopicStatsTable(table), of5);
  EXPECT_EQ(*DecodeTopicStatsTable(of4), table);
  EXPECT_EQ(*DecodeTopicStatsTable(of5), table);
  EXPECT_EQ(DecodeTopicStatsTable(
                LoadGoldenBody("5.5.0/000202-GET_TOPIC_STATS_INFO-br-resp-0-SUCCESS.bin"))
                ->offset_table.size(),
            4U);
}

TEST(LockBatch, IsReadFromBothAndWrittenAs5) {
  LockBatchRequest request{"GID", "10.0.0.1@1", {kQueue3}, false};
  const char of4[] = R"({"clientId":"10.0.0.1@1","consumerGroup":"GID","mqSet":[)" KEY3 "]}";
  std::string of5 = std::string(of4, sizeof of4 - 2) + R"(,"onlyThisBroker":false})";
  EXPECT_EQ(EncodeLockBatchRequest(request), of5);
  EXPECT_EQ(*DecodeLockBatchRequest(of4), request);
  EXPECT_EQ(*DecodeLockBatchRequest(of5), request);
  LockBatchResponse response{{kQueue3}};
  EXPECT_EQ(EncodeLockBatchResponse(response), "{\"lockOKMQSet\":[" KEY3 "]}");
  EXPECT_EQ(*DecodeLockBatchResponse("{\"lockOKMQSet\":[" KEY3 "]}"), response);
}

SubscriptionData SampleTags() {
  return {"TopicTest", "TagA || TagB", {"TagA", "TagB"}, {2598919, 2598920}, 1700000000000,
          "TAG",       false};
}

const char kTagsOf4[] =
    R"({"classFilterMode":false,"codeSet":[2598919,2598920],"subString":"TagA || TagB",)"
    R"("subVersion":1700000000000,"tagsSet":["TagA","TagB"],"topic":"TopicTest"})";
const char kTagsOf5[] =
    R"({"classFilterMode":false,"codeSet":[2598919,2598920],"expressionType":"TAG",)"
    R"("subString":"TagA || TagB","subVersion":1700000000000,"tagsSet":["TagA","TagB"],)"
    R"("topic":"TopicTest"})";
const char kSql[] =
    R"({"classFilterMode":false,"codeSet":[],"expressionType":"SQL92","subString":"a > 1",)"
    R"("subVersion":1700000000000,"tagsSet":[],"topic":"T2"})";

TEST(Heartbeat, IsReadFromBothAndWrittenAs5) {
  HeartbeatData heartbeat;
  heartbeat.client_id = "10.0.0.1@1";
  heartbeat.producer_groups = {"PG"};
  ConsumerData consumer;
  consumer.group_name = "GID";
  SubscriptionData sql{"T2", "a > 1", {}, {}, 1700000000000, "SQL92", false};
  consumer.subscriptions = {SampleTags(), sql};
  heartbeat.consumers = {consumer};
  std::string start =
      R"({"clientID":"10.0.0.1@1","consumerDataSet":[{)"
      R"("consumeFromWhere":"CONSUME_FROM_LAST_OFFSET","consumeType":"CONSUME_PASSIVELY",)"
      R"("groupName":"GID","messageModel":"CLUSTERING","subscriptionDataSet":[)";
  std::string of4 = start + kTagsOf4 + "," + kSql +
                    R"(],"unitMode":false}],"producerDataSet":[{"groupName":"PG"}]})";
  std::string of5 = start + kTagsOf5 + "," + kSql +
                    R"(],"unitMode":false}],"heartbeatFingerprint":0,)"
                    R"("producerDataSet":[{"groupName":"PG"}],"withoutSub":false})";
  EXPECT_EQ(EncodeHeartbeatData(heartbeat), of5);
  EXPECT_EQ(*DecodeHeartbeatData(of4), heartbeat);
  EXPECT_EQ(*DecodeHeartbeatData(of5), heartbeat);
}

TEST(Heartbeat, AcceptsWhatTheCppClientWrites) {
  const char text[] =
      R"({"clientID":"c","consumerDataSet":[{"consumeFromWhere":4,"consumeType":0,)"
      R"("groupName":"G","messageModel":0,"subscriptionDataSet":[{"codeSet":["5","6"],)"
      R"("subString":"*","subVersion":"12","tagsSet":[],"topic":"T"}]}],"producerDataSet":[]})";
  ConsumerData consumer = DecodeHeartbeatData(text)->consumers.at(0);
  EXPECT_EQ(consumer.consume_from_where, ConsumeFromWhere::kFirstOffset);
  EXPECT_EQ(consumer.consume_type, ConsumeType::kActively);
  EXPECT_EQ(consumer.message_model, MessageModel::kBroadcasting);
  EXPECT_EQ(consumer.subscriptions.at(0).sub_version, 12);
  EXPECT_EQ(consumer.subscriptions.at(0).code_set, (std::vector<int32_t>{5, 6}));
}

TEST(Heartbeat, RefusesNonsense) {
  for (const char* bad :
       {"", "7", R"({"consumerDataSet":{}})", R"({"consumerDataSet":[7]})",
        R"({"producerDataSet":["x"]})", R"({"consumerDataSet":[{"messageModel":"X"}]})",
        R"({"consumerDataSet":[{"consumeType":99}]})",
        R"({"consumerDataSet":[{"subscriptionDataSet":[{"tagsSet":[1]}]}]})"}) {
    EXPECT_FALSE(DecodeHeartbeatData(bad).ok()) << bad;
  }
}

TEST(Heartbeat, GoldenHeartbeatsAreUnderstood) {
  HeartbeatData of5 = *DecodeHeartbeatData(LoadGoldenBody("5.5.0/000034-HEART_BEAT-to-br-req.bin"));
  EXPECT_EQ(of5.producer_groups, (std::vector<std::string>{"CLIENT_INNER_PRODUCER", "PG"}));
  HeartbeatData of4 = *DecodeHeartbeatData(LoadGoldenBody("4.2.0/000034-HEART_BEAT-to-br-req.bin"));
  EXPECT_EQ(of4.client_id, "192.0.2.2@p1435573445522");
}

TEST(Connections, AreReadFromBothAndWrittenAs5) {
  Connection client{"10.0.0.1@1", "10.0.0.1:5000", Language::kJava, 253};
  const char set[] = R"({"connectionSet":[{"clientAddr":"10.0.0.1:5000","clientId":"10.0.0.1@1",)"
                     R"("language":"JAVA","version":253}])";
  ProducerConnection producers{{client}};
  EXPECT_EQ(EncodeProducerConnection(producers), std::string(set) + "}");
  EXPECT_EQ(*DecodeProducerConnection(std::string(set) + "}"), producers);

  ConsumerConnection consumers;
  consumers.connections = {client};
  consumers.subscription_table["TopicTest"] = SampleTags();
  std::string middle = std::string(set) +
                       R"(,"consumeFromWhere":"CONSUME_FROM_LAST_OFFSET",)"
                       R"("consumeType":"CONSUME_PASSIVELY","messageModel":"CLUSTERING",)"
                       R"("subscriptionTable":{"TopicTest":)";
  EXPECT_EQ(EncodeConsumerConnection(consumers), middle + kTagsOf5 + "}}");
  EXPECT_EQ(*DecodeConsumerConnection(middle + kTagsOf5 + "}}"), consumers);
  EXPECT_EQ(*DecodeConsumerConnection(middle + kTagsOf4 + "}}"), consumers);
}

TEST(Lists, AreWrittenAsJavaDoes) {
  EXPECT_EQ(EncodeTopicList({{"T1"}, ""}), R"({"topicList":["T1"]})");
  EXPECT_EQ(EncodeTopicList({{}, "a:1"}), R"({"brokerAddr":"a:1","topicList":[]})");
  EXPECT_EQ(DecodeTopicList(R"({"brokerAddr":"a:1","topicList":["T"]})")->broker_addr, "a:1");
  EXPECT_EQ(EncodeGroupList({"GID"}), R"({"groupList":["GID"]})");
  EXPECT_EQ(*DecodeGroupList(R"({"groupList":["GID"]})"), std::vector<std::string>{"GID"});
  EXPECT_EQ(EncodeConsumerIdList({"c1", "c2"}), R"({"consumerIdList":["c1","c2"]})");
  EXPECT_EQ(DecodeConsumerIdList(
                LoadGoldenBody("4.2.0/000038-GET_CONSUMER_LIST_BY_GROUP-br-resp-0-SUCCESS.bin"))
                ->size(),
            1U);
  EXPECT_EQ(EncodeKvTable({{"k", "v"}}), R"({"table":{"k":"v"}})");
  EXPECT_EQ(*DecodeKvTable(R"({"table":{"k":"v","n":1}})"), (KvTable{{"k", "v"}, {"n", "1"}}));
  EXPECT_FALSE(DecodeGroupList(R"({"groupList":[1]})").ok());
  EXPECT_FALSE(DecodeKvTable(R"({"table":{"k":[]}})").ok());
}

const char kBroker[] =
    R"({"brokerAddrs":{0:"127.0.0.1:10911",1:"127.0.0.1:11911"},"brokerName":"broker-a",)"
    R"("cluster":"C","enableActingMaster":false})";

BrokerData SampleBroker() {
  return {"C", "broker-a", {{0, "127.0.0.1:10911"}, {1, "127.0.0.1:11911"}}};
}

TEST(TopicRouteData, KeysAreQuotedOnRequest) {
  TopicRouteData route;
  route.broker_datas = {SampleBroker()};
  route.queue_datas = {{"broker-a", 4, 4, 6, 0}};
  std::string end = R"(],"filterServerTable":{},"queueDatas":[{"brokerName":"broker-a","perm":6,)"
                    R"("readQueueNums":4,"topicSynFlag":0,"topicSysFlag":0,"writeQueueNums":4}]})";
  std::string start = R"({"brokerDatas":[)";
  EXPECT_EQ(EncodeTopicRouteData(route, false), start + kBroker + end);
  std::string quoted = EncodeTopicRouteData(route, true);
  EXPECT_NE(quoted.find(R"({"0":"127.0.0.1:10911","1":"127.0.0.1:11911"})"), std::string::npos);
  for (const std::string& text : {start + kBroker + end, quoted}) {
    TopicRouteData decoded = *DecodeTopicRouteData(text);
    EXPECT_EQ(decoded.broker_datas, route.broker_datas);
    EXPECT_EQ(decoded.queue_datas, route.queue_datas);
  }
}

TEST(TopicRouteData, ReadsTheFlagUnderBothNamesAndTheRest) {
  const char text[] =
      R"({"brokerDatas":[],"filterServerTable":{"a:1":["f:2"]},"orderTopicConf":"broker-a:4",)"
      R"("queueDatas":[{"brokerName":"a","topicSynFlag":1},{"brokerName":"b","topicSysFlag":2}]})";
  TopicRouteData route = *DecodeTopicRouteData(text);
  EXPECT_EQ(route.queue_datas.at(0).topic_sys_flag, 1);
  EXPECT_EQ(route.queue_datas.at(1).topic_sys_flag, 2);
  EXPECT_EQ(route.order_topic_conf, "broker-a:4");
  EXPECT_EQ(route.filter_server_table.at("a:1"), std::vector<std::string>{"f:2"});
  EXPECT_NE(EncodeTopicRouteData(route, false).find(R"("orderTopicConf":"broker-a:4")"),
            std::string::npos);
  EXPECT_FALSE(DecodeTopicRouteData(R"({"brokerDatas":[{"brokerAddrs":{"x":"a"}}]})").ok());
}

TEST(TopicRouteData, GoldenRoutesAreUnderstood) {
  for (const char* version : {"4.2.0", "5.5.0"}) {
    TopicRouteData route = *DecodeTopicRouteData(LoadGoldenBody(
        std::string(version) + "/000105-GET_ROUTEINTO_BY_TOPIC-ns-resp-0-SUCCESS.bin"));
    EXPECT_FALSE(route.broker_datas.at(0).MasterAddress().empty()) << version;
    EXPECT_EQ(route.queue_datas.at(0).read_queue_nums, 8) << version;
  }
}

TEST(ClusterInfo, IsTheTextOf5) {
  ClusterInfo info;
  info.brokers["broker-a"] = SampleBroker();
  info.clusters["C"] = {"broker-a"};
  std::string text = std::string(R"({"brokerAddrTable":{"broker-a":)") + kBroker +
                     R"(},"clusterAddrTable":{"C":["broker-a"]}})";
  EXPECT_EQ(EncodeClusterInfo(info), text);
  ClusterInfo decoded = *DecodeClusterInfo(text);
  EXPECT_EQ(decoded.brokers, info.brokers);
  EXPECT_EQ(decoded.clusters, info.clusters);
  EXPECT_EQ(EncodeClusterInfo(*DecodeClusterInfo(
                LoadGoldenBody("5.5.0/000106-GET_BROKER_CLUSTER_INFO-ns-resp-0-SUCCESS.bin"))),
            LoadGoldenBody("5.5.0/000106-GET_BROKER_CLUSTER_INFO-ns-resp-0-SUCCESS.bin"));
}

}  // namespace
}  // namespace rewindmq::protocol
