#include <chrono>
#include <thread>

#include "broker/store/record.h"
#include "tests/unit/broker/handlers/broker_test_base.h"

namespace rewindmq::broker {
namespace {

class QueryTest : public BrokerTestBase {
 protected:
  static protocol::Outgoing Query(const std::string& key, int32_t max = 64) {
    auto request = protocol::MakeRequest(protocol::kQueryMessage);
    request.With("topic", "TopicTest").With("key", key).With("maxNum", max);
    request.With("beginTimestamp", 0).With("endTimestamp", INT64_MAX);
    return request;
  }
  // The index follows the log by some milliseconds.
  remoting::Reply AskUntilFound(const std::function<protocol::Outgoing()>& request) {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (true) {
      remoting::Reply reply = Ask(request());
      if (reply.command.code == 0 || std::chrono::steady_clock::now() > deadline) return reply;
      std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
  }
  static std::vector<std::string> Bodies(std::string_view records) {
    std::vector<std::string> bodies;
    while (!records.empty()) {
      auto record = store::DecodeRecord(records, store::CrcCheck::kVerify);
      EXPECT_TRUE(record.ok()) << record.status().ToString();
      if (!record.ok()) break;
      bodies.emplace_back(record->body);
      records.remove_prefix(static_cast<size_t>(record->total_bytes));
    }
    return bodies;
  }
};

TEST_F(QueryTest, GivesRecordsOldestFirstAndHowFarTheIndexIs) {
  StartBroker();
  Put("TopicTest", 0, "one", "KEYS\x01 a k\x02TAGS\x01TagA\x02UNIQ_KEY\x01U1\x02");
  Put("TopicTest", 1, "two", "KEYS\x01k\x02TAGS\x01TagA\x02UNIQ_KEY\x01U2\x02");
  auto reply = AskUntilFound([] { return Query("U2"); });
  ASSERT_EQ(reply.command.code, 0) << reply.command.remark;
  EXPECT_EQ(Bodies(reply.command.body), std::vector<std::string>{"two"});
  int64_t last = Int64Of(reply, "indexLastUpdatePhyoffset");
  EXPECT_GT(last, 0);
  EXPECT_GT(Int64Of(reply, "indexLastUpdateTimestamp"), 1'600'000'000'000);
  reply = Ask(Query("k"));
  EXPECT_EQ(Bodies(reply.command.body), (std::vector<std::string>{"one", "two"}));

  auto by_tags = Query("TagA");
  by_tags.With("indexType", "T");
  EXPECT_EQ(Bodies(Ask(std::move(by_tags)).command.body), (std::vector<std::string>{"one", "two"}));
  EXPECT_EQ(Bodies(Ask(Query("k", 1)).command.body), (std::vector<std::string>{"two"}));

  auto view = protocol::MakeRequest(protocol::kViewMessageById);
  view.With("offset", last);
  EXPECT_EQ(Bodies(Ask(std::move(view)).command.body), std::vector<std::string>{"two"});
}

TEST_F(QueryTest, AUniqueIdIsFoundWhateverNumberIsAskedFor) {
  StartBroker();
  Put("TopicTest", 0, "one", "UNIQ_KEY\x01U1\x02");
  auto query = [] {
    auto request = Query("U1", 0);
    request.With("_UNIQUE_KEY_QUERY", "true");
    return request;
  };
  EXPECT_EQ(Bodies(AskUntilFound(query).command.body), std::vector<std::string>{"one"});
}

// As in tests/golden/4.2.0.
TEST_F(QueryTest, NothingFoundIsJavasCodeAndRemark) {
  StartBroker();
  auto reply = Ask(Query("missing"));
  EXPECT_EQ(reply.command.code, 22);
  EXPECT_EQ(reply.command.remark, "can not find message, maybe time range not correct");
  EXPECT_EQ(Int64Of(reply, "indexLastUpdatePhyoffset"), 0);
  EXPECT_EQ(Int64Of(reply, "indexLastUpdateTimestamp"), 0);
  EXPECT_EQ(reply.command.body, "");
}

TEST_F(QueryTest, AMissingFieldIsNamed) {
  StartBroker();
  auto request = protocol::MakeRequest(protocol::kQueryMessage);
  request.With("topic", "TopicTest");
  auto reply = Ask(std::move(request));
  EXPECT_EQ(reply.command.code, 1);
  EXPECT_NE(reply.command.remark.find("key"), std::string::npos) << reply.command.remark;
}

TEST_F(QueryTest, NoMoreThanTheBrokerAllows) {
  BrokerOptions options = Options();
  options.max_query_messages = 3;
  StartBroker(options);
  for (int i = 0; i < 5; ++i) {
    Put("TopicTest", 0, std::to_string(i),
        "KEYS\x01k\x02UNIQ_KEY\x01U" + std::to_string(i) + "\x02");
  }
  ASSERT_EQ(AskUntilFound([] { return Query("U4"); }).command.code, 0);
  EXPECT_EQ(Bodies(Ask(Query("k")).command.body), (std::vector<std::string>{"2", "3", "4"}));
}

}  // namespace
}  // namespace rewindmq::broker
