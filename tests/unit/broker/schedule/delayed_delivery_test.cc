#include "broker/schedule/delayed_delivery.h"

#include "common/base/metadata_file.h"
#include "common/protocol/topic_names.h"
#include "tests/unit/broker/schedule/waiting_store.h"

namespace rewindmq::broker {
namespace {

constexpr int64_t kHourMs = 3'600'000;

class DelayedDeliveryTest : public WaitingStore {
 protected:
  void Load() {
    auto loaded =
        DelayedDelivery::Load(directory_ + "/config", store_.get(), writer_.get(), &clock_);
    ASSERT_TRUE(loaded.ok()) << loaded.status().ToString();
    delays_ = std::move(*loaded);
    store_->SetArrivalListener([this](std::string_view topic, int32_t queue, int64_t end, int64_t) {
      if (topic == protocol::kScheduleTopic) delays_->OnArrival(queue, end);
    });
  }
  void Restart() {
    auto note = delays_->TakeProgress(true);
    ASSERT_TRUE(SaveMetadataFile(RealFileSystem(), note->path, note->text).ok());
    RestartWithoutSaving();
  }
  void RestartWithoutSaving() {
    delays_.reset();
    store_.reset();
    OpenStore();
    Load();
  }

  std::unique_ptr<DelayedDelivery> delays_;
};

TEST_F(DelayedDeliveryTest, AMessageComesWhenItsLevelIsOverAndInOrder) {
  Load();
  EXPECT_EQ(delays_->Run(3), kIdle);
  ASSERT_TRUE(Put("first", {{"DELAY", "3"}, {"TAGS", "TagA"}}).ok());
  clock_.AdvanceMs(4'000);
  ASSERT_TRUE(Put("second", {{"DELAY", "3"}}).ok());
  EXPECT_EQ(delays_->Run(3), 6'000);
  EXPECT_EQ(Bodies(), Strings());
  clock_.AdvanceMs(5'999);
  EXPECT_EQ(delays_->Run(3), 1);
  clock_.AdvanceMs(1);
  EXPECT_EQ(delays_->Run(3), 4'000);
  EXPECT_EQ(Bodies(), Strings{"first"});
  clock_.AdvanceMs(4'000);
  EXPECT_EQ(delays_->Run(3), kIdle);
  EXPECT_EQ(Bodies(), (Strings{"first", "second"}));
  EXPECT_EQ(delays_->RuntimeInfo()["scheduleMessageOffset_3"], "2,2");
}

TEST_F(DelayedDeliveryTest, ADeliveredMessageIsAsTheProducerSentIt) {
  Load();
  ASSERT_TRUE(Put("body", {{"DELAY", "1"}, {"TAGS", "TagA"}, {"own", "value"}}).ok());
  clock_.AdvanceMs(1'000);
  delays_->Run(1);
  auto found = store_->Get("TopicTest", 2, 0, 1, 1 << 20,
                           [](int64_t tags_code) { return tags_code == store::TagsCode("TagA"); });
  ASSERT_EQ(found.records.size(), 1U);
  auto record = store::DecodeRecord(found.records[0].bytes, store::CrcCheck::kVerify);
  EXPECT_EQ(store::FindProperty(record->properties, "own"), "value");
  EXPECT_EQ(store::FindProperty(record->properties, "DELAY"), std::nullopt);
  EXPECT_EQ(store::FindProperty(record->properties, "WAIT"), "false");
  EXPECT_EQ(store::FindProperty(record->properties, "REAL_TOPIC"), "TopicTest");
}

TEST_F(DelayedDeliveryTest, ALevelBeyondTheListIsTheLastAndNoNumberIsRefused) {
  Load();
  ASSERT_TRUE(Put("late", {{"DELAY", "99"}}).ok());
  EXPECT_EQ(store_->MaxOffset(protocol::kScheduleTopic, 17), 1);
  EXPECT_EQ(Put("bad", {{"DELAY", "soon"}}).status, store::PutStatus::kMessageIllegal);
  ASSERT_TRUE(Put("at once", {{"DELAY", "0"}}).ok());
  EXPECT_EQ(Bodies(), Strings{"at once"});
}

TEST_F(DelayedDeliveryTest, SettingTheClockMovesNothing) {
  for (int64_t step_ms : {kHourMs, -kHourMs}) {
    Load();
    size_t before = Bodies().size();
    ASSERT_TRUE(Put("before", {{"DELAY", "3"}}).ok());
    EXPECT_EQ(delays_->Run(3), 10'000);
    clock_.AdvanceMs(5'000);
    clock_.StepWallMs(step_ms);
    ASSERT_TRUE(Put("after", {{"DELAY", "3"}}).ok());
    EXPECT_EQ(delays_->Run(3), 5'000) << "clock set by " << step_ms;
    clock_.AdvanceMs(4'999);
    delays_->Run(3);
    EXPECT_EQ(Bodies().size(), before) << "clock set by " << step_ms;
    clock_.AdvanceMs(1);
    EXPECT_EQ(delays_->Run(3), 5'000) << "clock set by " << step_ms;
    EXPECT_EQ(Bodies().size(), before + 1);
    clock_.AdvanceMs(5'000);
    EXPECT_EQ(delays_->Run(3), kIdle);
    EXPECT_EQ(Bodies().size(), before + 2);
    Restart();
  }
}

TEST_F(DelayedDeliveryTest, ARestartGoesOnWhereItWas) {
  Load();
  ASSERT_TRUE(Put("first", {{"DELAY", "1"}}).ok());
  clock_.AdvanceMs(1'000);
  delays_->Run(1);
  ASSERT_TRUE(Put("second", {{"DELAY", "1"}}).ok());
  Restart();
  EXPECT_EQ(delays_->Run(1), 1'000);
  clock_.AdvanceMs(1'000);
  EXPECT_EQ(delays_->Run(1), kIdle);
  EXPECT_EQ(Bodies(), (Strings{"first", "second"}));
}

TEST_F(DelayedDeliveryTest, WithoutItsFileMessagesComeAgainAndNoneIsLost) {
  Load();
  ASSERT_TRUE(Put("first", {{"DELAY", "1"}}).ok());
  clock_.AdvanceMs(1'000);
  delays_->Run(1);
  ASSERT_TRUE(Put("second", {{"DELAY", "1"}}).ok());
  RestartWithoutSaving();
  clock_.AdvanceMs(1'000);
  delays_->Run(1);
  EXPECT_EQ(Bodies(), (Strings{"first", "first", "second"}));
}

TEST_F(DelayedDeliveryTest, AStartWithAWrongClockIsLateByOneDelayAtMost) {
  Load();
  ASSERT_TRUE(Put("waits", {{"DELAY", "3"}}).ok());
  clock_.StepWallMs(-kHourMs);
  Restart();
  EXPECT_EQ(delays_->Run(3), 10'000);
}

TEST_F(DelayedDeliveryTest, AQueueBuiltAgainSaysWhenItsMessagesAreDue) {
  Load();
  ASSERT_TRUE(Put("waits", {{"DELAY", "3"}}).ok());
  delays_.reset();
  store_.reset();
  std::filesystem::remove_all(directory_ + "/consumequeue");
  OpenStore();
  Load();
  EXPECT_EQ(delays_->Run(3), 10'000);
}

TEST_F(DelayedDeliveryTest, AClosedStoreIsTriedAgain) {
  Load();
  ASSERT_TRUE(Put("waits", {{"DELAY", "1"}}).ok());
  clock_.AdvanceMs(1'000);
  ASSERT_TRUE(store_->Close().ok());
  EXPECT_GT(delays_->Run(1), 0);
  RestartWithoutSaving();
  delays_->Run(1);
  EXPECT_EQ(Bodies(), Strings{"waits"});
}

TEST(DelayOffsetsTest, ReadsWhatJavaWritesAndWritesWhatJavaReads) {
  auto old = DecodeDelayOffsets(R"({"offsetTable":{1:5,2:7}})");
  ASSERT_TRUE(old.ok()) << old.status().ToString();
  EXPECT_EQ(old->by_level, (std::map<int32_t, int64_t>{{1, 5}, {2, 7}}));
  auto pretty = DecodeDelayOffsets(
      "{\n\t\"dataVersion\":{\"counter\":3,\"stateVersion\":0,\"timestamp\":9},\n"
      "\t\"offsetTable\":{3:1\n\t}\n}");
  ASSERT_TRUE(pretty.ok()) << pretty.status().ToString();
  EXPECT_EQ(EncodeDelayOffsets(*pretty),
            R"({"dataVersion":{"counter":3,"stateVersion":0,"timestamp":9},"offsetTable":{3:1}})");
  EXPECT_FALSE(DecodeDelayOffsets(R"({"offsetTable":{1:"x"}})").ok());
}

TEST(DelayLevelsTest, ReadsJavasListAndNamesWhatIsWrong) {
  EXPECT_EQ(DelayLevels::Default().count(), 18);
  EXPECT_EQ(DelayLevels::Default().DelayMs(18), 2 * kHourMs);
  EXPECT_EQ(DelayLevels::Parse("1d  2h")->DelayMs(1), 24 * kHourMs);
  for (const char* bad : {"", "10", "x", "1w", "-1s", "999999999999999d"}) {
    EXPECT_FALSE(DelayLevels::Parse(bad).ok()) << bad;
  }
}

}  // namespace
}  // namespace rewindmq::broker
