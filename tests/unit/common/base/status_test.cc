#include "common/base/status.h"

#include <gtest/gtest.h>

#include <cerrno>

namespace rewindmq {
namespace {

Result<int> Half(int value) {
  if (value % 2 != 0) return Status(ErrorCode::kInvalidArgument, "odd");
  return value / 2;
}

Result<int> Quarter(int value) {
  REWIND_TRY_ASSIGN(int half, Half(value));
  return Half(half);
}

TEST(Status, OkHasNoMessage) {
  EXPECT_TRUE(Status::Ok().ok());
  EXPECT_EQ(Status().ToString(), "Ok");
  EXPECT_EQ(Status().message(), "");
}

TEST(Status, TryReturnsTheFirstError) {
  EXPECT_EQ(*Quarter(8), 2);
  EXPECT_EQ(Quarter(6).status().message(), "odd");
}

TEST(Status, RejectedKeepsThePeersCode) {
  Status status = Status::Rejected(206, "not online").WithContext("broker-a");
  EXPECT_EQ(status.response_code(), 206);
  EXPECT_EQ(status.ToString(), "Rejected (code 206): broker-a: not online");
}

TEST(Status, ErrnoIsClassified) {
  EXPECT_EQ(Status::FromErrno("open /x", ENOENT).code(), ErrorCode::kNotFound);
  EXPECT_EQ(Status::FromErrno("write /x", ENOSPC).code(), ErrorCode::kResourceExhausted);
  EXPECT_EQ(Status::FromErrno("open /x", ENOENT).message(), "open /x: No such file or directory");
}

}  // namespace
}  // namespace rewindmq
