// Transactions and replies over the wire.

#include <condition_variable>
#include <mutex>

#include "broker/store/record.h"
#include "broker/transaction/half_message.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

class TransactionHandlersTest : public BrokerTestBase {
 protected:
  static constexpr char kProperties[] = "TRAN_MSG\x01true\x02PGROUP\x01PG\x02UNIQ_KEY\x01K\x02";

  struct Prepared {
    int64_t queue_offset = -1;
    int64_t physical_offset = -1;
  };
  Prepared Prepare(const std::string& body) {
    auto request = SendRequestTo("T", 1, body, kProperties);
    for (auto& [name, value] : request.fields) {
      if (name == "f") value = "4";
      if (name == "g") value = std::to_string(SystemClock().WallMs());
    }
    auto reply = Ask(std::move(request));
    EXPECT_EQ(reply.command.code, 0) << reply.command.remark;
    const std::string_view* id = reply.command.fields.Find("msgId");
    EXPECT_EQ(*reply.command.fields.Find("transactionId"), "K");
    EXPECT_EQ(*reply.command.fields.Find("queueId"), "1");
    return {Int64Of(reply, "queueOffset"), std::stoll(std::string(id->substr(16)), nullptr, 16)};
  }
  static protocol::Outgoing EndRequest(const Prepared& half, int32_t end) {
    auto request = protocol::MakeRequest(protocol::kEndTransaction);
    request.With("producerGroup", "PG").With("tranStateTableOffset", half.queue_offset);
    request.With("commitLogOffset", half.physical_offset).With("commitOrRollback", end);
    request.With("fromTransactionCheck", "false").With("msgId", "K");
    return request;
  }
  int32_t CodeOfPull() { return Ask(PullRequestFor("CG", "T", 1, 0)).command.code; }

  void JoinAsProducer(remoting::Client* client, const std::string& client_id) {
    protocol::HeartbeatData heartbeat;
    heartbeat.client_id = client_id;
    heartbeat.producer_groups = {"PG"};
    auto request = protocol::MakeRequest(protocol::kHeartBeat);
    request.body = protocol::EncodeHeartbeatData(heartbeat);
    auto reply = client->InvokeSync(address_, std::move(request), kTimeoutMs);
    ASSERT_TRUE(reply.ok());
    ASSERT_EQ(reply->command.code, 0);
  }
};

TEST_F(TransactionHandlersTest, ACommitMakesTheMessageVisible) {
  StartBroker();
  Prepared half = Prepare("body");
  EXPECT_EQ(CodeOfPull(), 19);
  EXPECT_EQ(Ask(EndRequest(half, 8)).command.code, 0);
  auto pulled = Ask(PullRequestFor("CG", "T", 1, 0));
  EXPECT_EQ(pulled.command.code, 0);
  EXPECT_NE(pulled.command.body.find("body"), std::string::npos);
}

TEST_F(TransactionHandlersTest, ARollbackAndAWrongEndDoNot) {
  StartBroker();
  Prepared half = Prepare("body");
  auto wrong = EndRequest({half.queue_offset + 1, half.physical_offset}, 8);
  EXPECT_EQ(Ask(std::move(wrong)).command.code, 1);
  EXPECT_EQ(Ask(EndRequest(half, 12)).command.code, 0);
  EXPECT_EQ(CodeOfPull(), 19);
}

TEST_F(TransactionHandlersTest, TransactionsCanBeForbidden) {
  BrokerOptions options = Options();
  options.reject_transactions = true;
  StartBroker(options);
  EXPECT_EQ(Ask(SendRequestTo("T", 0, "x", kProperties)).command.code, 16);
}

TEST_F(TransactionHandlersTest, AnOpenTransactionsProducerIsAsked) {
  BrokerOptions options = Options();
  options.transaction_timeout_ms = 0;
  options.transaction_check_interval_ms = 100;
  StartBroker(options);
  std::promise<Prepared> asked;
  std::atomic<bool> first{true};
  remoting::Dispatcher producer;
  producer.Add(protocol::kCheckTransactionState, [&](const protocol::Command& request,
                                                     const remoting::Responder&) {
    if (!first.exchange(false)) return;
    auto record = store::DecodeRecord(request.body, store::CrcCheck::kVerify);
    EXPECT_TRUE(record.ok() && record->topic == "T" && record->body == "open");
    EXPECT_EQ(*request.fields.Find("transactionId"), "K");
    asked.set_value({std::stoll(std::string(*request.fields.Find("tranStateTableOffset"))),
                     std::stoll(std::string(*request.fields.Find("commitLogOffset")))});
  });
  remoting::Client client(&io_, &producer);
  JoinAsProducer(&client, "127.0.0.1@producer");
  Prepare("open");
  auto future = asked.get_future();
  ASSERT_EQ(future.wait_for(std::chrono::seconds(10)), std::future_status::ready);
  EXPECT_EQ(Ask(EndRequest(future.get(), 8)).command.code, 0);
  EXPECT_EQ(CodeOfPull(), 0);
}

TEST_F(TransactionHandlersTest, OnlyHalfMessagesAreResumed) {
  StartBroker();
  auto resume = [&](const std::string& id) {
    auto request = protocol::MakeRequest(protocol::kResumeCheckHalfMessage);
    request.With("msgId", id);
    return Ask(std::move(request)).command.code;
  };
  auto sent = Ask(SendRequestTo("T", 0, "plain"));
  EXPECT_EQ(resume(std::string(*sent.command.fields.Find("msgId"))), 1);
  EXPECT_EQ(resume("nonsense"), 1);
  EXPECT_EQ(resume(std::string(32, 'F')), 1);
  auto half = Ask(SendRequestTo("T", 0, "half", kProperties));
  EXPECT_EQ(resume(std::string(*half.command.fields.Find("msgId"))), 0);
}

protocol::Outgoing Reply(const std::string& properties, const std::string& topic) {
  auto request = protocol::MakeRequest(protocol::kSendReplyMessageV2);
  request.With("a", "PG").With("b", topic).With("c", "TBW102").With("d", 4).With("e", 0);
  request.With("f", 0).With("g", 1700000000000).With("h", 0).With("i", properties);
  request.body = "answer";
  return request;
}

TEST_F(TransactionHandlersTest, AReplyIsPushedToWhoAsked) {
  StartBroker();
  remoting::Dispatcher asker;
  std::promise<std::string> pushed;
  asker.Add(protocol::kPushReplyMessageToClient,
            [&](const protocol::Command& request, const remoting::Responder& responder) {
              pushed.set_value(std::string(*request.fields.Find("properties")) + "|" +
                               std::string(request.body));
              responder.Ok();
            });
  remoting::Client client(&io_, &asker);
  JoinAsProducer(&client, "127.0.0.1@asker");
  auto reply =
      Ask(Reply("REPLY_TO_CLIENT\x01"
                "127.0.0.1@asker\x02"
                "CORRELATION_ID\x01"
                "7\x02",
                "DefaultCluster_REPLY_TOPIC"));
  EXPECT_EQ(reply.command.code, 0) << reply.command.remark;
  std::string got = pushed.get_future().get();
  EXPECT_NE(got.find("PUSH_REPLY_TIME"), std::string::npos);
  EXPECT_NE(got.find("|answer"), std::string::npos);
  auto stored = Ask(PullRequestFor("CG", "DefaultCluster_REPLY_TOPIC", 0, 0));
  EXPECT_EQ(stored.command.code, 0) << stored.command.remark;
}

TEST_F(TransactionHandlersTest, AReplyThatCannotBePushedSaysWhy) {
  BrokerOptions options = Options();
  options.store_replies = false;
  StartBroker(options);
  const std::string topic = "DefaultCluster_REPLY_TOPIC";
  auto nobody =
      Ask(Reply("REPLY_TO_CLIENT\x01"
                "gone\x02",
                topic));
  EXPECT_EQ(nobody.command.code, 1);
  EXPECT_EQ(nobody.command.remark, "push reply message fail, channel of <gone> not found.");
  auto unnamed = Ask(Reply("TAGS\x01x\x02", topic));
  EXPECT_EQ(unnamed.command.code, 1);
  EXPECT_EQ(unnamed.command.remark, "reply message properties[REPLY_TO_CLIENT] is null");
  EXPECT_EQ(Ask(PullRequestFor("CG", topic, 0, 0)).command.code, 19);
}

}  // namespace
}  // namespace rewindmq::broker
