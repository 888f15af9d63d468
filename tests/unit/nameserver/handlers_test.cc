#include "nameserver/handlers.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "common/base/crc32.h"
#include "common/base/file.h"
#include "common/base/metadata_file.h"
#include "common/protocol/lists.h"

namespace rewindmq::nameserver {
namespace {

using protocol::Outgoing;

// Requests of real clients and brokers go in as frames; answers are looked at as they would leave.
class HandlersTest : public testing::Test {
 protected:
  HandlersTest() {
    char folder[] = "/tmp/rewind-nameserver-XXXXXX";
    folder_ = mkdtemp(folder);
    Options options;
    options.kv_config_path = folder_ + "/sub/kvConfig.json";
    state_ = std::make_unique<State>(
        State{options, *KvConfig::Load(options.kv_config_path), RouteTable(), &clock_});
  }
  ~HandlersTest() override { std::filesystem::remove_all(folder_); }

  Outgoing Answer(const Outgoing& request, uint64_t connection_id = 1) {
    std::string frame;
    protocol::AppendFrame(request, &frame);
    return AnswerFrame(frame.substr(protocol::kFrameLengthBytes), connection_id);
  }

  Outgoing AnswerGolden(const std::string& name) {
    Result<std::string> frame = ReadFile(std::string(REWIND_GOLDEN_DIR) + "/" + name);
    EXPECT_TRUE(frame.ok()) << frame.status().ToString();
    return AnswerFrame(frame->substr(protocol::kFrameLengthBytes), 1);
  }

  Outgoing AnswerFrame(std::string frame, uint64_t connection_id) {
    protocol::Command command;
    Status status = protocol::DecodeCommand(frame.data(), frame.size(), &command);
    EXPECT_TRUE(status.ok()) << status.ToString();
    auto handler = handlers_.find(command.code);
    EXPECT_NE(handler, handlers_.end()) << command.code;
    if (handler == handlers_.end()) return {};
    return handler->second(state_.get(), Request{command, connection_id});
  }

  static std::string GoldenBody(const std::string& name) {
    Result<std::string> frame = ReadFile(std::string(REWIND_GOLDEN_DIR) + "/" + name);
    EXPECT_TRUE(frame.ok()) << frame.status().ToString();
    std::string bytes = frame->substr(protocol::kFrameLengthBytes);
    protocol::Command command;
    EXPECT_TRUE(protocol::DecodeCommand(bytes.data(), bytes.size(), &command).ok());
    return std::string(command.body);
  }

  static std::string FieldOf(const Outgoing& response, const std::string& name) {
    for (const auto& [field, value] : response.fields) {
      if (field == name) return value;
    }
    return "(absent)";
  }

  Outgoing AskRoute(const std::string& topic, int32_t version) {
    Outgoing request = protocol::MakeRequest(protocol::kGetRouteInfoByTopic);
    request.version = version;
    return Answer(request.With("topic", topic));
  }

  FakeClock clock_{1'700'000'000'000};
  HandlerTable handlers_ = AllHandlers();
  std::string folder_;
  std::unique_ptr<State> state_;
};

TEST_F(HandlersTest, ARealRegistrationGivesTheRealRouteAndClusterAnswers) {
  EXPECT_EQ(AnswerGolden("5.5.0/000103-REGISTER_BROKER-to-ns-req.bin").code, protocol::kSuccess);
  EXPECT_EQ(AnswerGolden("5.5.0/000106-GET_BROKER_CLUSTER_INFO-to-ns-req.bin").body,
            GoldenBody("5.5.0/000106-GET_BROKER_CLUSTER_INFO-ns-resp-0-SUCCESS.bin"));
  Outgoing topics = AnswerGolden("5.5.0/000206-GET_ALL_TOPIC_LIST_FROM_NAMESERVER-to-ns-req.bin");
  auto ours = protocol::DecodeTopicList(topics.body)->topics;
  EXPECT_NE(std::find(ours.begin(), ours.end(), "TopicTest"), ours.end());
  EXPECT_EQ(FieldOf(AnswerGolden("5.5.0/000205-WIPE_WRITE_PERM_OF_BROKER-to-ns-req.bin"),
                    "wipeTopicCount"),
            std::to_string(ours.size()));
  EXPECT_EQ(
      FieldOf(AnswerGolden("5.5.0/000327-ADD_WRITE_PERM_OF_BROKER-to-ns-req.bin"), "addTopicCount"),
      std::to_string(ours.size()));
}

TEST_F(HandlersTest, RealRequestsOf420AreServed) {
  EXPECT_EQ(AnswerGolden("4.2.0/000105-GET_ROUTEINTO_BY_TOPIC-to-ns-req.bin").code,
            protocol::kTopicNotExist);
  EXPECT_EQ(AnswerGolden("4.2.0/000103-REGISTER_BROKER-to-ns-req.bin").code, protocol::kSuccess);
  Outgoing route = AnswerGolden("4.2.0/000105-GET_ROUTEINTO_BY_TOPIC-to-ns-req.bin");
  EXPECT_EQ(route.code, protocol::kSuccess);
  EXPECT_NE(route.body.find("{0:\"127.0.0.1:14911\"}"), std::string::npos) << route.body;
  EXPECT_EQ(AnswerGolden("4.2.0/000104-UNREGISTER_BROKER-to-ns-req.bin").code, protocol::kSuccess);
  EXPECT_EQ(AnswerGolden("4.2.0/000105-GET_ROUTEINTO_BY_TOPIC-to-ns-req.bin").code,
            protocol::kTopicNotExist);
}

TEST_F(HandlersTest, RouteKeysAreQuotedForThoseWhoCanReadThem) {
  AnswerGolden("4.2.0/000103-REGISTER_BROKER-to-ns-req.bin");
  EXPECT_NE(AskRoute("TopicTest", 400).body.find("{0:"), std::string::npos);
  EXPECT_NE(AskRoute("TopicTest", 401).body.find("{\"0\":"), std::string::npos);
  Outgoing request = protocol::MakeRequest(protocol::kGetRouteInfoByTopic);
  request.version = 1;
  request.With("topic", "TopicTest").With("acceptStandardJsonOnly", "true");
  EXPECT_NE(Answer(request).body.find("{\"0\":"), std::string::npos);
}

TEST_F(HandlersTest, AnUnknownTopicHasJavasWords) {
  Outgoing answer = AskRoute("Nothing", 513);
  EXPECT_EQ(answer.code, protocol::kTopicNotExist);
  EXPECT_EQ(answer.remark.find("No topic route info in name server for the topic: Nothing\nSee "),
            0U);
  EXPECT_TRUE(answer.body.empty());
}

TEST_F(HandlersTest, ABrokerGoesWithItsConnection) {
  AnswerGolden("4.2.0/000103-REGISTER_BROKER-to-ns-req.bin");
  EXPECT_EQ(state_->routes.ConnectionClosed(1).size(), 1U);
  EXPECT_EQ(AskRoute("TopicTest", 1).code, protocol::kTopicNotExist);
}

Outgoing RegistrationOf(int64_t id, const std::string& address) {
  return protocol::MakeRequest(protocol::kRegisterBroker)
      .With("brokerName", "a")
      .With("brokerAddr", address)
      .With("clusterName", "C")
      .With("haServerAddr", "ha-" + address)
      .With("brokerId", id);
}

TEST_F(HandlersTest, ASlaveIsToldItsMaster) {
  Outgoing master = Answer(RegistrationOf(0, "m:1"));
  EXPECT_EQ(master.code, protocol::kSuccess);
  EXPECT_EQ(FieldOf(master, "masterAddr"), "(absent)");
  Outgoing slave = Answer(RegistrationOf(1, "s:1"));
  EXPECT_EQ(FieldOf(slave, "masterAddr"), "m:1");
  EXPECT_EQ(FieldOf(slave, "haServerAddr"), "ha-m:1");
}

TEST_F(HandlersTest, BrokenRegistrationsAreRefusedInWords) {
  struct Case {
    Outgoing request;
    const char* expected;
  };
  Outgoing nameless = protocol::MakeRequest(protocol::kRegisterBroker);
  Outgoing crc = RegistrationOf(0, "m:1").With("bodyCrc32", 1);
  crc.body = "{}";
  Outgoing body = RegistrationOf(0, "m:1");
  body.body = "{";
  Outgoing zip = RegistrationOf(0, "m:1").With("compressed", "true");
  zip.body = "{}";
  for (const Case& c : {Case{nameless, "brokerName"}, Case{crc, "crc32 not match"},
                        Case{body, "JSON"}, Case{zip, "zlib"}}) {
    Outgoing answer = Answer(c.request);
    EXPECT_EQ(answer.code, protocol::kSystemError);
    EXPECT_NE(answer.remark.find(c.expected), std::string::npos) << answer.remark;
  }
  Outgoing good = RegistrationOf(0, "m:1");
  good.body = "{}";
  good.With("bodyCrc32", JavaCrc32("{}"));
  EXPECT_EQ(Answer(good).code, protocol::kSuccess);
}

TEST_F(HandlersTest, DataVersionsAreCompared) {
  AnswerGolden("4.2.0/000103-REGISTER_BROKER-to-ns-req.bin");
  auto query = [this](const std::string& version) {
    Outgoing request = protocol::MakeRequest(protocol::kQueryDataVersion);
    request.With("brokerName", "broker-a").With("brokerAddr", "127.0.0.1:14911");
    request.body = version;
    return Answer(request);
  };
  Outgoing same = query(R"({"counter":2,"timestamp":1795319637846})");
  EXPECT_EQ(FieldOf(same, "changed"), "false");
  EXPECT_EQ(same.body, R"({"counter":2,"stateVersion":0,"timestamp":1795319637846})");
  EXPECT_EQ(FieldOf(query(R"({"counter":3,"timestamp":1795319637846})"), "changed"), "true");
  EXPECT_EQ(query("x").code, protocol::kSystemError);
}

TEST_F(HandlersTest, KvConfigSurvivesARestart) {
  EXPECT_EQ(AnswerGolden("4.2.0/000100-PUT_KV_CONFIG-to-ns-req.bin").code, protocol::kSuccess);
  EXPECT_EQ(FieldOf(AnswerGolden("4.2.0/000101-GET_KV_CONFIG-to-ns-req.bin"), "value"),
            "broker-a:8");
  EXPECT_EQ(*ReadFile(state_->options.kv_config_path),
            SealMetadata(R"({"configTable":{"ORDER_TOPIC_CONFIG":{"AdmTopic":"broker-a:8"}}})"));
  state_->kv = *KvConfig::Load(state_->options.kv_config_path);
  EXPECT_EQ(FieldOf(AnswerGolden("5.5.0/000101-GET_KV_CONFIG-to-ns-req.bin"), "value"),
            "broker-a:8");
  Outgoing list = Answer(protocol::MakeRequest(protocol::kGetKvListByNamespace)
                             .With("namespace", "ORDER_TOPIC_CONFIG"));
  EXPECT_EQ(list.body, R"({"table":{"AdmTopic":"broker-a:8"}})");
  // What a real nameserver answered to a real broker in this state.
  EXPECT_EQ(AnswerGolden("5.5.0/000103-REGISTER_BROKER-to-ns-req.bin").body,
            GoldenBody("5.5.0/000103-REGISTER_BROKER-ns-resp-0-SUCCESS.bin"));
}

TEST_F(HandlersTest, MissingKvItemsAreNotFound) {
  Outgoing get = AnswerGolden("4.2.0/000101-GET_KV_CONFIG-to-ns-req.bin");
  EXPECT_EQ(get.code, protocol::kQueryNotFound);
  EXPECT_EQ(get.remark, "No config item, Namespace: ORDER_TOPIC_CONFIG Key: AdmTopic");
  EXPECT_EQ(
      Answer(protocol::MakeRequest(protocol::kGetKvListByNamespace).With("namespace", "x")).code,
      protocol::kQueryNotFound);
  EXPECT_EQ(AnswerGolden("4.2.0/000102-DELETE_KV_CONFIG-to-ns-req.bin").code, protocol::kSuccess);
  EXPECT_FALSE(FileExists(state_->options.kv_config_path));
}

TEST_F(HandlersTest, AKvChangeThatCannotBeStoredIsNotVisible) {
  // A file where the folder should be.
  ASSERT_TRUE(ReplaceFile(folder_ + "/sub", "").ok());
  EXPECT_EQ(AnswerGolden("4.2.0/000100-PUT_KV_CONFIG-to-ns-req.bin").code, protocol::kSystemError);
  EXPECT_EQ(AnswerGolden("4.2.0/000101-GET_KV_CONFIG-to-ns-req.bin").code,
            protocol::kQueryNotFound);
}

TEST_F(HandlersTest, OrderOfATopicIsInItsRouteOnRequest) {
  AnswerGolden("4.2.0/000100-PUT_KV_CONFIG-to-ns-req.bin");
  AnswerGolden("5.5.0/000103-REGISTER_BROKER-to-ns-req.bin");
  EXPECT_EQ(AskRoute("AdmTopic", 513).body.find("orderTopicConf"), std::string::npos);
  state_->options.order_message_enable = true;
  EXPECT_NE(AskRoute("AdmTopic", 513).body.find(R"("orderTopicConf":"broker-a:8")"),
            std::string::npos);
  EXPECT_EQ(AskRoute("TopicTest", 513).body.find("orderTopicConf"), std::string::npos);
}

TEST_F(HandlersTest, TopicsAreListedByClusterAndDeleted) {
  AnswerGolden("4.2.0/000103-REGISTER_BROKER-to-ns-req.bin");
  Outgoing all = Answer(protocol::MakeRequest(protocol::kGetAllTopicListFromNameserver));
  Outgoing cluster = Answer(
      protocol::MakeRequest(protocol::kGetTopicsByCluster).With("cluster", "DefaultCluster"));
  EXPECT_EQ(all.body, cluster.body);
  EXPECT_EQ(Answer(protocol::MakeRequest(protocol::kGetTopicsByCluster).With("cluster", "x")).body,
            R"({"topicList":[]})");
  EXPECT_EQ(Answer(protocol::MakeRequest(protocol::kGetSystemTopicListFromNameserver)).body,
            R"({"brokerAddr":"127.0.0.1:14911","topicList":["DefaultCluster","broker-a"]})");
  Answer(protocol::MakeRequest(protocol::kDeleteTopicInNameserver).With("topic", "TopicTest"));
  EXPECT_EQ(AskRoute("TopicTest", 1).code, protocol::kTopicNotExist);
}

TEST_F(HandlersTest, ListsCanBeSwitchedOff) {
  Outgoing update = protocol::MakeRequest(protocol::kUpdateNameserverConfig);
  update.body = "enableAllTopicList=false\nenableTopicList=false\n";
  EXPECT_EQ(Answer(update).code, protocol::kSuccess);
  for (int32_t code : {protocol::kGetAllTopicListFromNameserver, protocol::kGetTopicsByCluster,
                       protocol::kGetUnitTopicList, protocol::kGetHasUnitSubTopicList,
                       protocol::kGetHasUnitSubUnunitTopicList}) {
    Outgoing answer = Answer(protocol::MakeRequest(code).With("cluster", "c"));
    EXPECT_EQ(answer.code, protocol::kSystemError) << code;
    EXPECT_EQ(answer.remark, "disable") << code;
  }
}

TEST_F(HandlersTest, ATopicIsRegisteredAndListedByItsUnit) {
  AnswerGolden("4.2.0/000103-REGISTER_BROKER-to-ns-req.bin");
  Outgoing request =
      protocol::MakeRequest(protocol::kRegisterTopicInNameserver).With("topic", "Unit");
  request.body =
      R"({"queueDatas":[{"brokerName":"broker-a","perm":6,"readQueueNums":2,"topicSysFlag":3,)"
      R"("writeQueueNums":2}]})";
  EXPECT_EQ(Answer(request).code, protocol::kSuccess);
  EXPECT_EQ(AskRoute("Unit", 513).code, protocol::kSuccess);
  for (int32_t code : {protocol::kGetUnitTopicList, protocol::kGetHasUnitSubTopicList}) {
    EXPECT_EQ(Answer(protocol::MakeRequest(code)).body, R"({"topicList":["Unit"]})") << code;
  }
  EXPECT_EQ(Answer(protocol::MakeRequest(protocol::kGetHasUnitSubUnunitTopicList)).body,
            R"({"topicList":[]})");
  request.body = "x";
  EXPECT_EQ(Answer(request).code, protocol::kSystemError);
}

TEST_F(HandlersTest, ABrokersGroupIsShownAndItsHeartbeatsCount) {
  AnswerGolden("4.2.0/000103-REGISTER_BROKER-to-ns-req.bin");
  auto members = [this](const std::string& name) {
    return Answer(protocol::MakeRequest(protocol::kGetBrokerMemberGroup)
                      .With("clusterName", "DefaultCluster")
                      .With("brokerName", name))
        .body;
  };
  EXPECT_EQ(members("broker-a"), R"({"brokerMemberGroup":{"brokerAddrs":{0:"127.0.0.1:14911"},)"
                                 R"("brokerName":"broker-a","cluster":"DefaultCluster"}})");
  EXPECT_EQ(members("x"), R"({"brokerMemberGroup":{"brokerAddrs":{},"brokerName":"x",)"
                          R"("cluster":"DefaultCluster"}})");
  Outgoing heartbeat = protocol::MakeRequest(protocol::kBrokerHeartbeat)
                           .With("clusterName", "DefaultCluster")
                           .With("brokerName", "broker-a")
                           .With("brokerAddr", "127.0.0.1:14911");
  clock_.AdvanceMs(kBrokerExpiryMs);
  EXPECT_EQ(Answer(heartbeat).code, protocol::kSuccess);
  clock_.AdvanceMs(kBrokerExpiryMs);
  EXPECT_TRUE(state_->routes.Expire(clock_.SteadyMs()).empty());
  EXPECT_EQ(Answer(protocol::MakeRequest(protocol::kBrokerHeartbeat)).code, protocol::kSystemError);
}

TEST_F(HandlersTest, AFirstRegistrationOf5xHasMoreThanOneTopic) {
  Outgoing request = protocol::MakeRequest(protocol::kRegisterBroker)
                         .With("brokerName", "b")
                         .With("brokerAddr", "b:1")
                         .With("clusterName", "c")
                         .With("brokerId", 0)
                         .With("haServerAddr", "b:2");
  request.body = R"({"topicConfigSerializeWrapper":{"topicConfigTable":{"T":{"topicName":"T"}}}})";
  request.version = protocol::kVersion5_0_0;
  Outgoing refused = Answer(request);
  EXPECT_EQ(refused.code, protocol::kSystemError);
  EXPECT_EQ(refused.remark, "register broker failed");
  request.version = protocol::kVersion4_9_4;
  EXPECT_EQ(Answer(request).code, protocol::kSuccess);
}

TEST_F(HandlersTest, SettingsAreShownAndChanged) {
  auto update = [this](const std::string& body) {
    Outgoing request = protocol::MakeRequest(protocol::kUpdateNameserverConfig);
    request.body = body;
    return Answer(request);
  };
  EXPECT_EQ(update("orderMessageEnable=true\n").code, protocol::kSuccess);
  std::string shown = Answer(protocol::MakeRequest(protocol::kGetNameserverConfig)).body;
  EXPECT_NE(shown.find("orderMessageEnable=true\n"), std::string::npos);
  EXPECT_NE(shown.find("listenPort=9876\n"), std::string::npos);
  Outgoing black = update("kvConfigPath=/etc/passwd");
  EXPECT_EQ(black.code, protocol::kNoPermission);
  EXPECT_EQ(black.remark, "Can not update config in black list.");
  for (const char* bad : {"listenPort=1", "nonsense=1", "orderMessageEnable=perhaps", "=x"}) {
    EXPECT_EQ(update(bad).code, protocol::kSystemError) << bad;
  }
  // One bad value leaves all as they were.
  EXPECT_EQ(update("orderMessageEnable=false\nlogLevel=loud").code, protocol::kSystemError);
  EXPECT_TRUE(state_->options.order_message_enable);
}

}  // namespace
}  // namespace rewindmq::nameserver
