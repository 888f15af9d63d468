#include "broker/send/send_properties.h"

#include <gtest/gtest.h>

#include "broker/store/record.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::broker {
namespace {

TEST(SendPropertiesTest, FindsEveryKnownOneInOnePass) {
  std::string text = protocol::BuildProperties({{"TAGS", "TagA"},
                                                {"UNIQ_KEY", "ABC"},
                                                {"WAIT", "false"},
                                                {"DELAY", "3"},
                                                {"TRAN_MSG", "True"},
                                                {"TIMER_DELIVER_MS", "1"},
                                                {"TIMER_DELAY_MS", "2"},
                                                {"TIMER_DELAY_SEC", "4"},
                                                {"TIMER_DEL_UNIQKEY", "K"},
                                                {"POP_CK", "p"},
                                                {"mine", "own"}});
  SendProperties found = ScanProperties(text);
  EXPECT_EQ(found.TagsCode(), store::TagsCode("TagA"));
  EXPECT_EQ(found.unique_key, "ABC");
  EXPECT_FALSE(found.WaitsForDisk());
  EXPECT_EQ(found.DelayLevel(), 3);
  EXPECT_TRUE(found.IsTransaction());
  EXPECT_EQ(found.timer_deliver_ms, "1");
  EXPECT_EQ(found.timer_delay_ms, "2");
  EXPECT_EQ(found.timer_delay_sec, "4");
  EXPECT_EQ(found.timer_delete_key, "K");
  EXPECT_EQ(found.pop_check_point, "p");
  EXPECT_TRUE(found.IsTimer());
  EXPECT_FALSE(found.has_transient);
}

TEST(SendPropertiesTest, AMessageWithoutAnyIsPlain) {
  SendProperties found = ScanProperties("");
  EXPECT_EQ(found.TagsCode(), 0);
  EXPECT_TRUE(found.WaitsForDisk());
  EXPECT_EQ(found.DelayLevel(), 0);
  EXPECT_FALSE(found.IsTransaction());
  EXPECT_FALSE(found.IsTimer());
}

TEST(SendPropertiesTest, ReadsWhatClientsWriteBadly) {
  EXPECT_EQ(ScanProperties("TAGS\x01TagA").tags, "TagA") << "4.9.2 to 5.1 leave the last 0x02 out";
  EXPECT_EQ(ScanProperties("TAGS\x01\x02\x02X\x02UNIQ_KEY\x01K\x02").unique_key, "K");
  EXPECT_EQ(ScanProperties("TAGS\x01\x02").tags, "");
  EXPECT_EQ(ScanProperties("DELAY\x01soon\x02").DelayLevel(), std::nullopt);
  EXPECT_EQ(ScanProperties("DELAY\x01-1\x02").DelayLevel(), -1);
  EXPECT_TRUE(ScanProperties("__RMQ.TRANSIENT.x\x01y\x02").has_transient);
}

TEST(SendPropertiesTest, StoredOnesNameTheClusterAndNothingForTheBrokerAlone) {
  auto stored = [](std::string_view text) {
    std::string out;
    AppendStoredProperties(text, ScanProperties(text), "C", &out);
    return out;
  };
  EXPECT_EQ(stored(""),
            "CLUSTER\x01"
            "C\x02");
  EXPECT_EQ(stored("TAGS\x01TagA"),
            "TAGS\x01TagA\x02"
            "CLUSTER\x01"
            "C\x02");
  EXPECT_EQ(stored("CLUSTER\x01"
                   "C\x02"),
            "CLUSTER\x01"
            "C\x02");
  EXPECT_EQ(stored("CLUSTER\x01other\x02K\x01v\x02"),
            "K\x01v\x02"
            "CLUSTER\x01"
            "C\x02");
  EXPECT_EQ(stored("POP_CK\x01p\x02__RMQ.TRANSIENT.x\x01y\x02K\x01v"),
            "K\x01v\x02"
            "CLUSTER\x01"
            "C\x02");
}

TEST(SendPropertiesTest, AMessageThatWaitsForItsTimeIsNoTimerAgain) {
  EXPECT_FALSE(ScanProperties("TIMER_DELAY_MS\x01"
                              "9\x02TIMER_OUT_MS\x01"
                              "8\x02")
                   .IsTimer());
}

}  // namespace
}  // namespace rewindmq::broker
