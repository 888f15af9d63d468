// Transactions on a real store, with a clock that the test moves; no sockets.

#include "broker/transaction/transaction_checker.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "broker/send/message_writer.h"
#include "broker/store/record.h"
#include "broker/transaction/end_transaction.h"
#include "common/protocol/codes.h"

namespace rewindmq::broker {
namespace {

constexpr CheckSettings kSettings{6000, 3, 72LL * 3600 * 1000};
constexpr int64_t kRoundMs = 30'000;

class TransactionTest : public testing::Test {
 protected:
  TransactionTest() {
    char name[] = "/tmp/rewind-transaction-test-XXXXXX";
    directory_ = mkdtemp(name);
    Open();
  }
  ~TransactionTest() override {
    Close();
    std::filesystem::remove_all(directory_);
  }

  void Open() {
    store::StoreOptions options;
    options.root_directory = directory_ + "/store";
    options.commit_log_segment_bytes = 8 << 20;
    options.clock = &clock_;
    auto store = store::MessageStore::Open(options);
    ASSERT_TRUE(store.ok()) << store.status().ToString();
    store_ = std::move(*store);
    writer_ = std::make_unique<MessageWriter>(store_.get());
    auto offsets = OffsetTable::Load(directory_);
    ASSERT_TRUE(offsets.ok()) << offsets.status().ToString();
    offsets_ = std::move(*offsets);
    checker_ = std::make_unique<TransactionChecker>(
        store_.get(), offsets_.get(), &clock_,
        [this](const HalfMessage& half) { asked_.push_back(half); });
    ender_ = std::make_unique<TransactionEnder>(store_.get(), writer_.get(), &clock_,
                                                store::HostAddress());
  }
  void Close() {
    if (store_ != nullptr) {
      EXPECT_TRUE(store_->Close().ok());
    }
    checker_.reset();
    ender_.reset();
    writer_.reset();
    store_.reset();
  }

  HalfMessage Prepare(const std::string& body, const std::string& more_properties = "") {
    std::string properties = std::string("TRAN_MSG\x01true\x02PGROUP\x01PG\x02UNIQ_KEY\x01") +
                             body + "\x02" + more_properties;
    store::MessageToPut message;
    message.topic = "T";
    message.queue_id = 2;
    message.born_timestamp_ms = clock_.WallMs();
    message.body = body;
    message.properties = properties;
    HalfMessage half{HalfOf(message), 0, 0};
    store::PutResult put = store_->Put(half.message.View());
    EXPECT_TRUE(put.ok()) << put.error;
    half.queue_offset = put.queue_offset;
    half.physical_offset = put.physical_offsets.front();
    return half;
  }
  EndAnswer End(const HalfMessage& half, TransactionEnd end, bool from_check = false) {
    return ender_->End({"PG", half.queue_offset, half.physical_offset, end, from_check},
                       kSettings.timeout_ms);
  }
  CheckRound Round() {
    clock_.AdvanceMs(kRoundMs);
    asked_.clear();
    auto round = checker_->Run(kSettings);
    EXPECT_TRUE(round.ok()) << round.status().ToString();
    return round.ok() ? *round : CheckRound();
  }
  // The bodies in a topic's queue, in their order.
  std::vector<std::string> BodiesIn(std::string_view topic, int32_t queue_id) {
    std::vector<std::string> bodies;
    for (int64_t at = 0; at < store_->MaxOffset(topic, queue_id);) {
      auto found = store_->Get(topic, queue_id, at, 32, 1 << 20, nullptr);
      for (const auto& view : found.records) {
        bodies.emplace_back(store::DecodeRecord(view.bytes, store::CrcCheck::kVerify)->body);
      }
      at = found.next_begin_offset;
    }
    return bodies;
  }
  std::vector<std::string> Delivered() { return BodiesIn("T", 2); }

  std::string directory_;
  FakeClock clock_{1'700'000'000'000};
  std::unique_ptr<store::MessageStore> store_;
  std::unique_ptr<MessageWriter> writer_;
  std::unique_ptr<OffsetTable> offsets_;
  std::unique_ptr<TransactionChecker> checker_;
  std::unique_ptr<TransactionEnder> ender_;
  std::vector<HalfMessage> asked_;
};

using Bodies = std::vector<std::string>;

TEST_F(TransactionTest, OnlyACommitIsDelivered) {
  HalfMessage kept = Prepare("kept");
  HalfMessage dropped = Prepare("dropped");
  EXPECT_EQ(Delivered(), Bodies());
  EXPECT_EQ(End(kept, TransactionEnd::kCommit).code, protocol::kSuccess);
  EXPECT_EQ(End(dropped, TransactionEnd::kRollback).code, protocol::kSuccess);
  EXPECT_EQ(Delivered(), (Bodies{"kept"}));
  CheckRound round = Round();
  EXPECT_EQ(round.over, 2);
  EXPECT_EQ(asked_.size(), 0U);
  EXPECT_EQ(offsets_->Find(kTransactionGroup, kHalfTopic, 0), 2);
  EXPECT_EQ(offsets_->Find(kTransactionGroup, kOpTopic, 0), 2);
}

TEST_F(TransactionTest, TheCommittedMessageIsThatOfItsProducer) {
  HalfMessage half = Prepare("body", "TAGS\x01TagA\x02");
  ASSERT_EQ(End(half, TransactionEnd::kCommit).code, protocol::kSuccess);
  auto found = store_->Get("T", 2, 0, 1, 1 << 20, nullptr);
  ASSERT_EQ(found.records.size(), 1U);
  auto record = store::DecodeRecord(found.records[0].bytes, store::CrcCheck::kVerify);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->sys_flag & store::kSysFlagTransactionMask, store::kSysFlagTransactionCommit);
  EXPECT_EQ(record->prepared_transaction_offset, half.physical_offset);
  for (const char* gone : {"TRAN_MSG", "REAL_TOPIC", "REAL_QID"}) {
    EXPECT_FALSE(store::FindProperty(record->properties, gone).has_value()) << gone;
  }
  EXPECT_EQ(store::FindProperty(record->properties, "__transactionId__"), "body");
  EXPECT_EQ(store::FindProperty(record->properties, "TAGS"), "TagA");
}

TEST_F(TransactionTest, AnEndMustNameItsHalfInEveryWay) {
  HalfMessage half = Prepare("one");
  HalfMessage other = Prepare("two");
  auto end = [&](std::string_view group, int64_t half_offset, int64_t physical_offset) {
    return ender_->End({group, half_offset, physical_offset, TransactionEnd::kCommit}, 6000).remark;
  };
  EXPECT_EQ(end("XX", half.queue_offset, half.physical_offset), "The producer group wrong");
  EXPECT_EQ(end("PG", other.queue_offset, half.physical_offset),
            "The transaction state table offset wrong");
  EXPECT_EQ(end("PG", half.queue_offset, half.physical_offset + 1),
            "Find prepared transaction message failed");
  EXPECT_EQ(end("PG", 0, -1), "Find prepared transaction message failed");
  // A message that was never prepared cannot be committed.
  store::MessageToPut plain;
  plain.topic = "T";
  plain.body = "plain";
  plain.properties = "PGROUP\x01PG\x02";
  store::PutResult put = store_->Put(plain);
  EXPECT_EQ(end("PG", put.queue_offset, put.physical_offsets.front()),
            "Find prepared transaction message failed");
  EXPECT_EQ(Delivered(), Bodies());
}

TEST_F(TransactionTest, AProducerIsAskedUntilItAnswers) {
  Prepare("open");
  EXPECT_EQ(Round().asked, 1);
  ASSERT_EQ(asked_.size(), 1U);
  EXPECT_EQ(CheckTimesOf(asked_[0]), 1);
  EXPECT_EQ(asked_[0].queue_offset, 1);  // it was put back
  EXPECT_EQ(Round().asked, 1);
  ASSERT_EQ(asked_.size(), 1U);
  HalfMessage last = asked_[0];
  EXPECT_EQ(CheckTimesOf(last), 2);
  EXPECT_EQ(End(last, TransactionEnd::kCommit, true).code, protocol::kSuccess);
  EXPECT_EQ(Round().asked, 0);
  EXPECT_EQ(Delivered(), (Bodies{"open"}));
  auto for_producer = EncodeForProducer(last);
  ASSERT_TRUE(for_producer.ok());
  auto record = store::DecodeRecord(*for_producer, store::CrcCheck::kVerify);
  ASSERT_TRUE(record.ok());
  EXPECT_EQ(record->topic, "T");
  EXPECT_EQ(record->queue_id, 2);
  EXPECT_EQ(record->physical_offset, last.physical_offset);
}

TEST_F(TransactionTest, WhoNeverAnswersIsGivenUpAndCanBeAskedAgain) {
  Prepare("silent");
  for (int i = 0; i < kSettings.check_max; ++i) EXPECT_EQ(Round().asked, 1) << i;
  EXPECT_EQ(Round().discarded, 1);
  EXPECT_EQ(BodiesIn(kDiscardedTopic, 0), (std::vector<std::string>{"silent"}));
  EXPECT_EQ(Round().asked, 0);
  auto discarded = store_->Get(kDiscardedTopic, 0, 0, 1, 1 << 20, nullptr);
  auto record = store::DecodeRecord(discarded.records.at(0).bytes, store::CrcCheck::kSkip);
  ASSERT_TRUE(ender_->Resume(record->physical_offset).ok());
  EXPECT_EQ(Round().asked, 1);
  EXPECT_EQ(CheckTimesOf(asked_.at(0)), 1);
}

TEST_F(TransactionTest, AProducerThatWantsTimeIsNotAskedBefore) {
  HalfMessage half = Prepare("slow",
                             "CHECK_IMMUNITY_TIME_IN_SECONDS\x01"
                             "50\x02");
  EXPECT_EQ(Round().deferred, 1);
  EXPECT_EQ(asked_.size(), 0U);
  // It ends the transaction by the half that it knows, although that was put back since then.
  EXPECT_EQ(End(half, TransactionEnd::kCommit).code, protocol::kSuccess);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Round().asked, 0) << i;
  EXPECT_EQ(Delivered(), (Bodies{"slow"}));
  HalfMessage late = Prepare("late",
                             "CHECK_IMMUNITY_TIME_IN_SECONDS\x01"
                             "10\x02");
  clock_.AdvanceMs(10'001);
  EXPECT_EQ(End(late, TransactionEnd::kCommit).code, protocol::kIllegalOperation);
  EXPECT_EQ(End(late, TransactionEnd::kCommit, true).code, protocol::kSuccess);
}

TEST_F(TransactionTest, ALateEndOfTheFirstHalfSettlesItsCopy) {
  HalfMessage half = Prepare("late");
  EXPECT_EQ(Round().asked, 1);
  EXPECT_EQ(End(half, TransactionEnd::kCommit).code, protocol::kSuccess);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(Round().asked, 0) << i;
  EXPECT_EQ(Delivered(), (Bodies{"late"}));
  EXPECT_EQ(offsets_->Find(kTransactionGroup, kOpTopic, 0), 1);
}

TEST_F(TransactionTest, ACommitWithoutItsOpIsAskedAboutAndNotLost) {
  HalfMessage half = Prepare("twice");
  auto committed = CommittedOf(half);
  ASSERT_TRUE(committed.ok());
  ASSERT_TRUE(writer_->Put(*committed).ok());  // and here the broker dies
  Close();
  Open();
  EXPECT_EQ(Round().asked, 1);
  EXPECT_EQ(End(asked_.at(0), TransactionEnd::kCommit, true).code, protocol::kSuccess);
  EXPECT_EQ(Delivered(), (Bodies{"twice", "twice"}));
}

TEST_F(TransactionTest, OffsetsThatWereNotSavedLoseNothing) {
  HalfMessage ended = Prepare("ended");
  Prepare("open");
  EXPECT_EQ(End(ended, TransactionEnd::kCommit).code, protocol::kSuccess);
  EXPECT_EQ(Round().asked, 1);
  Close();  // the offsets of the walk are forgotten
  Open();
  EXPECT_EQ(Round().asked, 2);  // the half and its copy
  EXPECT_EQ(Delivered(), (Bodies{"ended"}));
}

TEST_F(TransactionTest, OpsOfJavasFormAreUnderstood) {
  for (int i = 0; i < 4; ++i) Prepare(std::to_string(i));
  InnerMessage op = OpMessageFor(0, {}, clock_.WallMs());
  op.body = "0,1,3,";
  ASSERT_TRUE(store_->Put(op.View()).ok());
  CheckRound round = Round();
  EXPECT_EQ(round.over, 3);
  EXPECT_EQ(round.asked, 1);
  EXPECT_EQ(asked_.at(0).message.body, "2");
}

TEST_F(TransactionTest, TenThousandOpenHalvesAreAllAskedAbout) {
  constexpr int kHalves = 10'000;
  std::vector<HalfMessage> halves;
  for (int i = 0; i < kHalves; ++i) halves.push_back(Prepare("m" + std::to_string(i)));
  EXPECT_EQ(Round().asked, kHalves);
  std::set<std::string> bodies;
  for (const HalfMessage& half : asked_) {
    bodies.insert(half.message.body);
    EXPECT_EQ(End(half, TransactionEnd::kCommit, true).code, protocol::kSuccess);
  }
  EXPECT_EQ(bodies.size(), static_cast<size_t>(kHalves));
  CheckRound round = Round();
  EXPECT_EQ(round.over, kHalves);
  EXPECT_EQ(round.asked, 0);
  EXPECT_EQ(Delivered().size(), static_cast<size_t>(kHalves));
  EXPECT_EQ(offsets_->Find(kTransactionGroup, kOpTopic, 0), kHalves);
}

}  // namespace
}  // namespace rewindmq::broker
