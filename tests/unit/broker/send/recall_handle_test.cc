#include "broker/send/recall_handle.h"

#include <gtest/gtest.h>

namespace rewindmq::broker {
namespace {

TEST(RecallHandleTest, IsWrittenAsJavaWritesIt) {
  RecallHandle handle{"T", "broker-a", 1795370616001, "U3"};
  EXPECT_EQ(EncodeRecallHandle(handle), "djEgVCBicm9rZXItYSAxNzk1MzcwNjE2MDAxIFUz");
  EXPECT_EQ(*DecodeRecallHandle("djEgVCBicm9rZXItYSAxNzk1MzcwNjE2MDAxIFUz"), handle);
  handle.unique_key = "U33";
  EXPECT_EQ(EncodeRecallHandle(handle).size() % 4, 0U) << "padded";
  EXPECT_EQ(*DecodeRecallHandle(EncodeRecallHandle(handle)), handle);
}

TEST(RecallHandleTest, AnythingElseIsInvalid) {
  for (const char* bad : {"", "djEg", "!!!!", "====", "djIgVCBiIDEgVQ=="}) {
    EXPECT_FALSE(DecodeRecallHandle(bad).ok()) << bad;
  }
  EXPECT_FALSE(DecodeRecallHandle(std::string(100'000, 'A')).ok());
}

}  // namespace
}  // namespace rewindmq::broker
