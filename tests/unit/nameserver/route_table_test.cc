#include "nameserver/route_table.h"

#include <gtest/gtest.h>

namespace rewindmq::nameserver {
namespace {

using protocol::DataVersion;
using protocol::kPermRead;
using protocol::kPermWrite;
using protocol::QueueData;
using Names = std::vector<std::string>;

constexpr int64_t kStartMs = 1'000'000;

// A registration of one broker, shaped step by step.
class Broker {
 public:
  Broker(std::string name, std::string address, int64_t id = 0) {
    registration_.cluster = "C";
    registration_.broker_name = std::move(name);
    registration_.broker_addr = std::move(address);
    registration_.broker_id = id;
    registration_.ha_server_addr = "ha-of-" + registration_.broker_addr;
    Version(1);
  }
  Broker& Cluster(std::string cluster) {
    registration_.cluster = std::move(cluster);
    return *this;
  }
  Broker& Connection(uint64_t id) {
    registration_.connection_id = id;
    return *this;
  }
  Broker& Version(int64_t counter, int64_t state = 0) {
    registration_.body.topic_config_table.data_version = {counter, counter, state};
    return *this;
  }
  Broker& Topic(const std::string& name, int32_t queues = 4, int32_t perm = 6) {
    protocol::TopicConfig config;
    config.topic_name = name;
    config.read_queue_nums = queues;
    config.write_queue_nums = queues;
    config.perm = perm;
    registration_.body.topic_config_table.topics[name] = config;
    return *this;
  }
  Broker& Filter(std::string address) {
    registration_.body.filter_servers.push_back(std::move(address));
    return *this;
  }
  Broker& Flag(const std::string& topic, int32_t flag) {
    registration_.body.topic_config_table.topics[topic].topic_sys_flag = flag;
    return *this;
  }
  Broker& MayBeOneChange() {
    registration_.may_be_one_change = true;
    return *this;
  }
  Broker& Expiry(int64_t ms) {
    registration_.expiry_ms = ms;
    return *this;
  }
  RegistrationResult In(RouteTable* table, int64_t now_ms = kStartMs) const {
    Result<RegistrationResult> result = table->Register(registration_, now_ms);
    EXPECT_TRUE(result.ok()) << result.status().ToString();
    return result.ok() ? *result : RegistrationResult();
  }
  const Registration& registration() const { return registration_; }

 private:
  Registration registration_;
};

QueueData QueueOf(const RouteTable& table, const std::string& topic, const std::string& broker) {
  auto route = table.Route(topic);
  if (!route) return {};
  for (const QueueData& queue : route->queue_datas) {
    if (queue.broker_name == broker) return queue;
  }
  return {};
}

TEST(RouteTable, AnEmptyTableKnowsNothing) {
  RouteTable table;
  EXPECT_EQ(table.Route("T"), std::nullopt);
  EXPECT_TRUE(table.Topics().empty());
  EXPECT_TRUE(table.Clusters().brokers.empty());
  EXPECT_TRUE(table.SystemTopics().topics.empty());
  EXPECT_TRUE(table.TopicsOfCluster("C").empty());
}

TEST(RouteTable, AMasterAndItsSlaveMakeARoute) {
  RouteTable table;
  RegistrationResult master = Broker("a", "a:1").Topic("T").Filter("f:1").In(&table);
  EXPECT_TRUE(master.new_broker);
  EXPECT_EQ(master.master_addr, "");
  RegistrationResult slave = Broker("a", "s:1", 1).Topic("OnlyAtSlave").In(&table);
  EXPECT_EQ(slave.master_addr, "a:1");
  EXPECT_EQ(slave.ha_server_addr, "ha-of-a:1");
  auto route = table.Route("T");
  ASSERT_TRUE(route.has_value());
  ASSERT_EQ(route->broker_datas.size(), 1U);
  EXPECT_EQ(route->broker_datas[0].broker_addrs,
            (std::map<int64_t, std::string>{{0, "a:1"}, {1, "s:1"}}));
  EXPECT_EQ(route->queue_datas, (std::vector<QueueData>{{"a", 4, 4, 6, 0}}));
  EXPECT_EQ(route->filter_server_table.at("a:1"), Names{"f:1"});
  // Topics come from masters only.
  EXPECT_EQ(table.Topics(), Names{"T"});
  EXPECT_EQ(table.Clusters().clusters.at("C"), std::set<std::string>{"a"});
}

TEST(RouteTable, ASlaveAloneIsNotToldOfAMaster) {
  RouteTable table;
  EXPECT_EQ(Broker("a", "s:1", 1).In(&table).master_addr, "");
}

TEST(RouteTable, TwoMastersShareATopic) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").In(&table);
  Broker("b", "b:1").Topic("T", 8).In(&table);
  auto route = table.Route("T");
  ASSERT_TRUE(route.has_value());
  EXPECT_EQ(route->broker_datas.size(), 2U);
  EXPECT_EQ(QueueOf(table, "T", "b").read_queue_nums, 8);
}

TEST(RouteTable, TopicsChangeOnlyWithTheirVersion) {
  RouteTable table;
  Broker("a", "a:1").Topic("T", 4).In(&table);
  Broker("a", "a:1").Topic("T", 9).In(&table);
  EXPECT_EQ(QueueOf(table, "T", "a").read_queue_nums, 4);
  Broker("a", "a:1").Topic("T", 9).Version(2).In(&table);
  EXPECT_EQ(QueueOf(table, "T", "a").read_queue_nums, 9);
}

TEST(RouteTable, AKnownTopicThatIsMissingComesBackWithoutANewVersion) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").Topic("U").In(&table);
  table.DeleteTopic("T", "");
  EXPECT_EQ(table.Route("T"), std::nullopt);
  Broker("a", "a:1").Topic("T").Topic("U").In(&table);
  EXPECT_NE(table.Route("T"), std::nullopt);
}

TEST(RouteTable, ASingleChangedTopicLeavesTheOthers) {
  for (bool delete_missing : {false, true}) {
    RouteTable table(delete_missing);
    Broker("a", "a:1").Topic("T").Topic("U").In(&table);
    Broker("a", "a:1").Topic("T", 7).Version(2).In(&table);
    EXPECT_EQ(table.Topics(), (Names{"T", "U"}));
    EXPECT_EQ(QueueOf(table, "T", "a").read_queue_nums, 7);
  }
}

TEST(RouteTable, TopicsThatVanishStayUnlessConfigured) {
  for (bool delete_missing : {false, true}) {
    RouteTable table(delete_missing);
    Broker("b", "b:1").Topic("Old").In(&table);
    Broker("a", "a:1").Topic("T").Topic("U").Topic("Old").In(&table);
    Broker("a", "a:1").Topic("T").Topic("U").Version(2).In(&table);
    EXPECT_EQ(QueueOf(table, "Old", "a").broker_name, delete_missing ? "" : "a");
    EXPECT_EQ(QueueOf(table, "Old", "b").broker_name, "b");
  }
}

TEST(RouteTable, ASlaveBecomesMasterUnderItsOwnAddress) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").Connection(1).In(&table);
  Broker("a", "s:1", 1).Connection(2).In(&table);
  table.ConnectionClosed(1);
  EXPECT_NE(table.Route("T"), std::nullopt);
  Broker("a", "s:1", 0).Topic("T").Version(2).Connection(2).In(&table);
  EXPECT_EQ(table.Clusters().brokers.at("a").broker_addrs,
            (std::map<int64_t, std::string>{{0, "s:1"}}));
}

TEST(RouteTable, ARestartUnderANewAddressReplacesTheOldOne) {
  RouteTable table;
  Broker("a", "old:1").Topic("T").Connection(1).In(&table);
  Broker("a", "new:1").Topic("T", 8).Connection(2).In(&table);
  EXPECT_EQ(table.Clusters().brokers.at("a").MasterAddress(), "new:1");
  EXPECT_EQ(QueueOf(table, "T", "a").read_queue_nums, 8);
  // The old connection's end must not take the new broker along.
  EXPECT_EQ(table.ConnectionClosed(1), Names{"old:1"});
  EXPECT_EQ(table.Clusters().brokers.at("a").MasterAddress(), "new:1");
  EXPECT_NE(table.Route("T"), std::nullopt);
}

TEST(RouteTable, AReconnectSurvivesTheEndOfTheOldConnection) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").Connection(1).In(&table);
  EXPECT_FALSE(Broker("a", "a:1").Topic("T").Connection(2).In(&table).new_broker);
  EXPECT_TRUE(table.ConnectionClosed(1).empty());
  EXPECT_NE(table.Route("T"), std::nullopt);
}

TEST(RouteTable, ARenamedBrokerTakesItsOldNameWithIt) {
  RouteTable table;
  Broker("old", "a:1").Topic("T").In(&table);
  Broker("new", "a:1").Topic("U").In(&table);
  EXPECT_EQ(table.Topics(), Names{"U"});
  EXPECT_EQ(table.Clusters().clusters.at("C"), std::set<std::string>{"new"});
}

TEST(RouteTable, ABrokerMayChangeItsCluster) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").In(&table);
  Broker("a", "a:1").Cluster("D").Topic("T").In(&table);
  EXPECT_EQ(table.Clusters().clusters.count("C"), 0U);
  EXPECT_EQ(table.TopicsOfCluster("D"), Names{"T"});
}

TEST(RouteTable, ADeposedMasterIsIgnored) {
  RouteTable table;
  Broker("a", "new:1").Topic("T").Version(1, 5).In(&table);
  RegistrationResult result = Broker("a", "old:1").Topic("T").Version(9, 4).In(&table);
  EXPECT_TRUE(result.ignored);
  EXPECT_EQ(table.Clusters().brokers.at("a").MasterAddress(), "new:1");
  EXPECT_FALSE(Broker("a", "newer:1").Topic("T").Version(1, 6).In(&table).ignored);
}

TEST(RouteTable, UnregisteringNeedsTheRightBroker) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").In(&table);
  EXPECT_FALSE(table.Unregister("a", "other:1", 0));
  EXPECT_FALSE(table.Unregister("b", "a:1", 0));
  EXPECT_FALSE(table.Unregister("a", "a:1", 1));
  EXPECT_NE(table.Route("T"), std::nullopt);
  EXPECT_TRUE(table.Unregister("a", "a:1", 0));
  EXPECT_EQ(table.Route("T"), std::nullopt);
  EXPECT_TRUE(table.Clusters().clusters.empty());
}

TEST(RouteTable, TheLastAddressOfANameTakesItsTopics) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").Filter("f:1").In(&table);
  Broker("a", "s:1", 1).In(&table);
  Broker("b", "b:1").Topic("T").In(&table);
  EXPECT_TRUE(table.Unregister("a", "a:1", 0));
  // A slave can still be read from.
  EXPECT_EQ(QueueOf(table, "T", "a").broker_name, "a");
  EXPECT_TRUE(table.Route("T")->filter_server_table.empty());
  EXPECT_TRUE(table.Unregister("a", "s:1", 1));
  EXPECT_EQ(QueueOf(table, "T", "a").broker_name, "");
  EXPECT_EQ(QueueOf(table, "T", "b").broker_name, "b");
}

TEST(RouteTable, SilentBrokersExpire) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").In(&table, kStartMs);
  Broker("b", "b:1").Topic("T").Expiry(5'000).In(&table, kStartMs);
  EXPECT_TRUE(table.Expire(kStartMs + 5'000).empty());
  EXPECT_EQ(table.Expire(kStartMs + 5'001), Names{"b:1"});
  EXPECT_TRUE(table.Expire(kStartMs + kBrokerExpiryMs).empty());
  Broker("a", "a:1").Topic("T").In(&table, kStartMs + kBrokerExpiryMs);
  EXPECT_TRUE(table.Expire(kStartMs + kBrokerExpiryMs + 1).empty());
  EXPECT_EQ(table.Expire(kStartMs + 2 * kBrokerExpiryMs + 1), Names{"a:1"});
  EXPECT_EQ(table.Route("T"), std::nullopt);
}

TEST(RouteTable, AnEqualVersionKeepsABrokerAlive) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").Version(3).In(&table, kStartMs);
  VersionCheck same = table.CheckVersion("a:1", {3, 3, 0}, kStartMs + 100'000);
  EXPECT_FALSE(same.changed);
  EXPECT_EQ(same.stored, (DataVersion{3, 3, 0}));
  EXPECT_TRUE(table.Expire(kStartMs + 200'000).empty());
  EXPECT_TRUE(table.CheckVersion("a:1", {4, 4, 0}, kStartMs + 200'000).changed);
  EXPECT_TRUE(table.Expire(kStartMs + 320'000).empty()) << "who asks is alive";
  table.Heartbeat("a:1", kStartMs + 400'000);
  table.Heartbeat("nobody:1", kStartMs + 400'000);
  EXPECT_TRUE(table.Expire(kStartMs + 520'000).empty()) << "and who sends a heartbeat";
  EXPECT_EQ(table.Expire(kStartMs + 520'001), Names{"a:1"});
  VersionCheck unknown = table.CheckVersion("a:1", {3, 3, 0}, kStartMs);
  EXPECT_TRUE(unknown.changed);
  EXPECT_EQ(unknown.stored, std::nullopt);
}

TEST(RouteTable, WipedPermissionLastsUntilAChange) {
  RouteTable table;
  Broker a("a", "a:1");
  a.Topic("T", 4, 7).Topic("U");
  a.In(&table);
  Broker("b", "b:1").Topic("T").In(&table);
  EXPECT_EQ(table.WipeWritePermission("a"), 2);
  EXPECT_EQ(QueueOf(table, "T", "a").perm, 5);
  EXPECT_EQ(QueueOf(table, "T", "b").perm, kPermRead | kPermWrite);
  a.In(&table);
  EXPECT_EQ(QueueOf(table, "T", "a").perm, 5);
  EXPECT_EQ(table.AddWritePermission("a"), 2);
  EXPECT_EQ(QueueOf(table, "T", "a").perm, 7);
  table.WipeWritePermission("a");
  a.Version(2).In(&table);
  EXPECT_EQ(QueueOf(table, "T", "a").perm, 7);
  EXPECT_EQ(table.WipeWritePermission("nobody"), 0);
}

TEST(RouteTable, ATopicIsDeletedEverywhereOrInOneCluster) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").In(&table);
  Broker("b", "b:1").Cluster("D").Topic("T").In(&table);
  table.DeleteTopic("T", "nowhere");
  table.DeleteTopic("T", "D");
  EXPECT_EQ(QueueOf(table, "T", "b").broker_name, "");
  EXPECT_EQ(QueueOf(table, "T", "a").broker_name, "a");
  table.DeleteTopic("T", "");
  table.DeleteTopic("T", "");
  EXPECT_TRUE(table.Topics().empty());
}

TEST(RouteTable, ANoticeOfOneChangeIsNoFirstRegistration) {
  RouteTable table;
  auto notice = Broker("a", "a:1").Topic("T").MayBeOneChange();
  Result<RegistrationResult> refused = table.Register(notice.registration(), kStartMs);
  EXPECT_EQ(refused.status().message(), "register broker failed");
  EXPECT_TRUE(table.Clusters().brokers.empty()) << "and leaves no trace";
  Broker("a", "a:1").Topic("T").Topic("U").MayBeOneChange().In(&table);
  notice.Topic("T", 9).Version(2).In(&table);
  EXPECT_EQ(QueueOf(table, "T", "a").read_queue_nums, 9);
  EXPECT_EQ(table.Topics(), (Names{"T", "U"}));
}

TEST(RouteTable, TopicsAreListedByTheirFlag) {
  RouteTable table;
  Broker("a", "a:1").Flag("None", 0).Flag("Unit", 1).Flag("Sub", 2).Flag("Both", 3).In(&table);
  EXPECT_EQ(table.TopicsByFlag(1, 0), (Names{"Both", "Unit"}));
  EXPECT_EQ(table.TopicsByFlag(2, 0), (Names{"Both", "Sub"}));
  EXPECT_EQ(table.TopicsByFlag(2, 1), Names{"Sub"});
}

TEST(RouteTable, ATopicIsRegisteredByItself) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").In(&table);
  EXPECT_TRUE(table.RegisterTopic("New", {QueueData{"a", 3, 3, 6, 0}}));
  EXPECT_EQ(QueueOf(table, "New", "a").read_queue_nums, 3);
  EXPECT_TRUE(table.RegisterTopic("T", {QueueData{"a", 5, 5, 6, 0}}));
  EXPECT_EQ(QueueOf(table, "T", "a").read_queue_nums, 5);
  EXPECT_FALSE(table.RegisterTopic("Lost", {QueueData{"nobody", 3, 3, 6, 0}}));
  EXPECT_TRUE(table.RegisterTopic("Empty", {}));
  EXPECT_EQ(table.Topics(), (Names{"New", "T"}));
}

TEST(RouteTable, MembersAreTheAddressesOfOneName) {
  RouteTable table;
  Broker("a", "a:1").Topic("T").In(&table);
  Broker("a", "a:2", 1).Topic("T").In(&table);
  EXPECT_EQ(table.Members("a"), (std::map<int64_t, std::string>{{0, "a:1"}, {1, "a:2"}}));
  EXPECT_TRUE(table.Members("b").empty());
}

TEST(RouteTable, SystemTopicsAreTheNamesOfClustersAndBrokers) {
  RouteTable table;
  Broker("a", "a:1").In(&table);
  Broker("b", "b:1").Cluster("D").In(&table);
  EXPECT_EQ(table.SystemTopics().topics, (Names{"C", "a", "D", "b"}));
  EXPECT_EQ(table.SystemTopics().broker_addr, "a:1");
}

TEST(RouteTable, ARegistrationWithoutANameIsRefusedAndLeavesNoTrace) {
  RouteTable table;
  for (Broker broker : {Broker("", "a:1"), Broker("a", ""), Broker("a", "a:1").Cluster("")}) {
    Result<RegistrationResult> result = table.Register(broker.registration(), kStartMs);
    EXPECT_EQ(result.status().code(), ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(table.Clusters().brokers.empty());
  EXPECT_TRUE(table.Clusters().clusters.empty());
}

TEST(RouteTable, TheNumberOfBrokersIsLimited) {
  RouteTable table;
  for (size_t i = 0; i < kMaxBrokers; ++i) {
    ASSERT_TRUE(
        table.Register(Broker("b" + std::to_string(i), std::to_string(i)).registration(), kStartMs)
            .ok());
  }
  EXPECT_EQ(table.Register(Broker("more", "more:1").registration(), kStartMs).status().code(),
            ErrorCode::kResourceExhausted);
  EXPECT_TRUE(table.Register(Broker("b0", "0").registration(), kStartMs).ok());
}

}  // namespace
}  // namespace rewindmq::nameserver
