#include "broker/timer/timer_delivery.h"

#include "common/base/bytes.h"
#include "common/base/metadata_file.h"
#include "tests/unit/broker/schedule/waiting_store.h"

namespace rewindmq::broker {
namespace {

class TimerDeliveryTest : public WaitingStore {
 protected:
  void Load() {
    auto loaded = TimerDelivery::Load(directory_, store_.get(), writer_.get(), &clock_);
    ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
    timers_ = std::move(*loaded);
  }
  void Save() {
    auto note = timers_->TakeProgress(true);
    ASSERT_TRUE(note.has_value());
    ASSERT_TRUE(SaveMetadataFile(RealFileSystem(), note->path, note->text).ok());
  }
  void Restart() {
    timers_.reset();
    store_.reset();
    OpenStore();
    Load();
  }
  static std::string In(int64_t delay_ms) { return std::to_string(kStartMs + delay_ms); }

  std::unique_ptr<TimerDelivery> timers_;
};

TEST_F(TimerDeliveryTest, MessagesComeInTheOrderOfTheirTimesAndNeverEarly) {
  Load();
  EXPECT_EQ(timers_->Run(), kIdle);
  ASSERT_TRUE(Put("five", {{"TIMER_DELAY_SEC", "5"}}).ok());
  ASSERT_TRUE(Put("two", {{"TIMER_DELAY_MS", "1500"}}).ok());
  ASSERT_TRUE(Put("three", {{"TIMER_DELIVER_MS", In(3'000)}}).ok());
  EXPECT_EQ(timers_->Run(), 1'000) << "it looks at the clock once a tick";
  clock_.AdvanceMs(1'499);
  timers_->Run();
  EXPECT_EQ(Bodies(), Strings());
  clock_.AdvanceMs(501);
  timers_->Run();
  EXPECT_EQ(Bodies(), Strings{"two"});
  clock_.AdvanceMs(1'000);
  timers_->Run();
  EXPECT_EQ(Bodies(), (Strings{"two", "three"}));
  clock_.AdvanceMs(2'000);
  EXPECT_EQ(timers_->Run(), kIdle);
  EXPECT_EQ(Bodies(), (Strings{"two", "three", "five"}));
}

TEST_F(TimerDeliveryTest, TimesThatCannotBeAreRefused) {
  Load();
  for (const char* bad : {"x", "999999999999999999", "259201"}) {
    EXPECT_EQ(Put("bad", {{"TIMER_DELAY_SEC", bad}}).status, store::PutStatus::kMessageIllegal)
        << bad;
  }
  ASSERT_TRUE(Put("past", {{"TIMER_DELIVER_MS", "5"}}).ok());
  EXPECT_EQ(Bodies(), Strings{"past"});
  EXPECT_EQ(
      Put("nothing to delete", {{"TIMER_DELIVER_MS", "5"}, {"TIMER_DEL_UNIQKEY", "K"}}).status,
      store::PutStatus::kMessageIllegal);
  writer_->SetPendingTimers(kMaxPendingTimers);
  EXPECT_EQ(Put("one too many", {{"TIMER_DELAY_SEC", "5"}}).status,
            store::PutStatus::kTimerRefused);
}

TEST_F(TimerDeliveryTest, ATakenBackMessageDoesNotCome) {
  Load();
  ASSERT_TRUE(Put("mistake", {{"TIMER_DELIVER_MS", In(3'000)}, {"UNIQ_KEY", "A"}}).ok());
  ASSERT_TRUE(Put("kept", {{"TIMER_DELIVER_MS", In(3'000)}, {"UNIQ_KEY", "B"}}).ok());
  ASSERT_TRUE(
      Put("0", {{"TIMER_DELIVER_MS", In(2'001)}, {"UNIQ_KEY", "A"}, {"TIMER_DEL_UNIQKEY", "A"}})
          .ok());
  timers_->Run();
  Save();
  Restart();
  clock_.AdvanceMs(3'000);
  EXPECT_EQ(timers_->Run(), kIdle);
  EXPECT_EQ(Bodies(), Strings{"kept"});
}

TEST_F(TimerDeliveryTest, ARestartDeliversWhatWasLeftAndNothingTwice) {
  Load();
  ASSERT_TRUE(Put("late", {{"TIMER_DELAY_SEC", "60"}}).ok());
  ASSERT_TRUE(Put("soon", {{"TIMER_DELAY_SEC", "2"}}).ok());
  clock_.AdvanceMs(3'000);
  timers_->Run();
  Save();
  ASSERT_TRUE(Put("after the save", {{"TIMER_DELAY_SEC", "2"}}).ok());
  Restart();
  clock_.AdvanceMs(60'000);
  EXPECT_EQ(timers_->Run(), kIdle);
  EXPECT_EQ(Bodies(), (Strings{"soon", "after the save", "late"}));
}

TEST_F(TimerDeliveryTest, AMessageThatWasDueBeforeOthersIsNotLostByAnEarlySave) {
  Load();
  ASSERT_TRUE(Put("delivered", {{"TIMER_DELAY_SEC", "5"}}).ok());
  clock_.AdvanceMs(5'000);
  timers_->Run();
  // Its tick is that of a delivered one; it is known when the save comes, but not delivered.
  clock_.StepWallMs(-4'500);
  ASSERT_TRUE(Put("same tick", {{"TIMER_DELIVER_MS", In(4'900)}}).ok());
  timers_->Run();
  Save();
  Restart();
  clock_.AdvanceMs(60'000);
  timers_->Run();
  EXPECT_EQ(Bodies(), (Strings{"delivered", "same tick"}));
}

TEST_F(TimerDeliveryTest, WithoutItsFileAllComeAgainAndNoneIsLost) {
  Load();
  ASSERT_TRUE(Put("one", {{"TIMER_DELAY_SEC", "1"}}).ok());
  clock_.AdvanceMs(1'000);
  timers_->Run();
  ASSERT_TRUE(Put("two", {{"TIMER_DELAY_SEC", "1"}}).ok());
  Restart();
  clock_.AdvanceMs(1'000);
  timers_->Run();
  EXPECT_EQ(Bodies(), (Strings{"one", "one", "two"}));
}

TEST_F(TimerDeliveryTest, WhatAJavaBrokerHadDeliveredDoesNotComeAgain) {
  Load();
  ASSERT_TRUE(Put("delivered by Java", {{"TIMER_DELAY_SEC", "2"}}).ok());
  ASSERT_TRUE(Put("still waiting", {{"TIMER_DELAY_SEC", "30"}}).ok());
  std::string timercheck;
  AppendBe<int64_t>(&timercheck, kStartMs + 10'000);
  timercheck.resize(4096);
  ASSERT_TRUE(RealFileSystem()
                  .Write(directory_ + "/config/timercheck", timercheck, FileSystem::Sync::kNo)
                  .ok());
  Restart();
  clock_.AdvanceMs(30'000);
  timers_->Run();
  EXPECT_EQ(Bodies(), Strings{"still waiting"});
}

TEST(TimerProgressTest, IsReadAsItWasWritten) {
  TimerProgress progress{5, 9, 1234};
  EXPECT_EQ(*DecodeTimerProgress(EncodeTimerProgress(progress)), progress);
  EXPECT_FALSE(DecodeTimerProgress("[]").ok());
  EXPECT_EQ(ProgressOfJava("short", 5), TimerProgress());
}

}  // namespace
}  // namespace rewindmq::broker
