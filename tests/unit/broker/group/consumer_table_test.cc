#include "broker/group/consumer_table.h"

#include <gtest/gtest.h>

namespace rewindmq::broker {
namespace {

class ConsumerTableTest : public testing::Test {
 protected:
  std::shared_ptr<remoting::Connection> Connect() {
    return std::make_shared<remoting::Connection>(loop_, asio::ip::tcp::socket(loop_), nullptr,
                                                  remoting::ConnectionLimits());
  }
  static protocol::ConsumerData Subscribing(const std::vector<std::string>& topics,
                                            int64_t version = 1) {
    protocol::ConsumerData data;
    data.group_name = "G";
    for (const std::string& topic : topics) {
      protocol::SubscriptionData subscription;
      subscription.topic = topic;
      subscription.sub_version = version;
      data.subscriptions.push_back(subscription);
    }
    return data;
  }
  static ConsumerClient Client(const std::string& id,
                               std::shared_ptr<remoting::Connection> connection,
                               int64_t heartbeat_ms = 0) {
    return {id, std::move(connection), protocol::Language::kJava, 252, heartbeat_ms};
  }

  asio::io_context loop_;
  ConsumerTable table_;
};

TEST_F(ConsumerTableTest, OnlyChangesCallForARebalance) {
  auto connection = Connect();
  EXPECT_TRUE(table_.Register(Subscribing({"T"}), Client("c1", connection)));
  EXPECT_FALSE(table_.Register(Subscribing({"T"}, 2), Client("c1", connection)))
      << "a heartbeat, even with a newer version of the same topics";
  EXPECT_TRUE(table_.Register(Subscribing({"T", "T2"}), Client("c1", connection)));
  EXPECT_TRUE(table_.Register(Subscribing({"T"}), Client("c1", connection)));
  EXPECT_TRUE(table_.Register(Subscribing({"T"}), Client("c2", Connect())));
  EXPECT_EQ(table_.ClientIds("G"), (std::vector<std::string>{"c1", "c2"}));
}

TEST_F(ConsumerTableTest, AReconnectingClientCountsOnce) {
  table_.Register(Subscribing({"T"}), Client("c1", Connect()));
  table_.Register(Subscribing({"T"}), Client("c1", Connect()));
  EXPECT_EQ(table_.ClientIds("G"), (std::vector<std::string>{"c1"}));
}

TEST_F(ConsumerTableTest, MembersLeaveByWordBySilenceAndByHangingUp) {
  auto third = Connect();
  table_.Register(Subscribing({"T"}), Client("c1", Connect(), 100));
  table_.Register(Subscribing({"T"}), Client("c2", Connect(), 50));
  table_.Register(Subscribing({"T"}), Client("c3", third, 100));
  EXPECT_EQ(table_.ExpireSilent(60), (std::vector<std::string>{"G"}));
  EXPECT_EQ(table_.ClientIds("G"), (std::vector<std::string>{"c1", "c3"}));
  EXPECT_EQ(table_.OnConnectionClosed(third->id()), (std::vector<std::string>{"G"}));
  EXPECT_TRUE(table_.Unregister("G", "c1"));
  EXPECT_FALSE(table_.Unregister("G", "c1"));
  EXPECT_FALSE(table_.Find("G").has_value());
}

TEST_F(ConsumerTableTest, FindsSubscriptions) {
  table_.Register(Subscribing({"T"}), Client("c1", Connect()));
  EXPECT_NE(table_.FindSubscription("G", "T").data, nullptr);
  EXPECT_EQ(table_.FindSubscription("G", "T2").data, nullptr);
  EXPECT_TRUE(table_.FindSubscription("G", "T2").group_online);
  EXPECT_FALSE(table_.FindSubscription("none", "T").group_online);
  EXPECT_EQ(table_.GroupsOf("T"), (std::vector<std::string>{"G"}));
}

TEST_F(ConsumerTableTest, SubscriptionsMayBeLeftOutWhileTheirFingerprintStays) {
  auto connection = Connect();
  EXPECT_TRUE(table_.WantsSubscriptions("G", 7, true)) << "nothing is known of this group";
  EXPECT_FALSE(table_.Refresh(Subscribing({}), Client("c1", connection)));
  EXPECT_FALSE(table_.Find("G").has_value());
  EXPECT_FALSE(table_.WantsSubscriptions("G", 7, false)) << "they are just coming";
  table_.Register(Subscribing({"T"}), Client("c1", connection));
  table_.SetFingerprint("G", 7);
  EXPECT_FALSE(table_.WantsSubscriptions("G", 7, true));
  EXPECT_FALSE(table_.Refresh(Subscribing({}), Client("c1", connection, 5)));
  EXPECT_EQ(table_.Find("G")->subscriptions.count("T"), 1U);
  EXPECT_EQ(table_.Find("G")->clients.begin()->second.last_heartbeat_ms, 5);
  EXPECT_TRUE(table_.WantsSubscriptions("G", 8, true)) << "they have changed";
  EXPECT_TRUE(table_.Refresh(Subscribing({}), Client("c2", Connect()))) << "a new member";
}

}  // namespace
}  // namespace rewindmq::broker
