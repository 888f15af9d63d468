#include "common/remoting/output_batch.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include "common/base/file.h"

namespace rewindmq::remoting {
namespace {

class OutputBatchTest : public testing::Test {
 protected:
  OutputBatchTest() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    near_ = FileDescriptor(ends[0]);
    far_ = FileDescriptor(ends[1]);
  }

  static size_t AddText(OutputBatch* batch, std::string_view text,
                        std::vector<std::string_view> parts = {}) {
    return batch->Add([&](std::string* out) { out->append(text); }, std::move(parts));
  }

  std::string Received() {
    std::string all;
    char bytes[4096];
    ssize_t got;
    while ((got = ::recv(far_.get(), bytes, sizeof bytes, MSG_DONTWAIT)) > 0) {
      all.append(bytes, static_cast<size_t>(got));
    }
    return all;
  }

  FileDescriptor near_;
  FileDescriptor far_;
  OutputBatch batch_;
};

TEST_F(OutputBatchTest, WritesEverythingInItsOrder) {
  EXPECT_TRUE(batch_.empty());
  EXPECT_EQ(AddText(&batch_, "one,"), 4U);
  EXPECT_EQ(AddText(&batch_, "two:", {"body-", "of-two,"}), 16U);
  EXPECT_EQ(AddText(&batch_, "three"), 5U);
  EXPECT_EQ(batch_.bytes(), 25U);
  Result<size_t> written = batch_.WriteTo(near_.get());
  ASSERT_TRUE(written.ok());
  EXPECT_EQ(*written, 25U);
  EXPECT_TRUE(batch_.done());
  EXPECT_EQ(Received(), "one,two:body-of-two,three");
}

TEST_F(OutputBatchTest, GoesOnWhereTheSocketTookNoMore) {
  std::string expected;
  std::vector<std::string> bodies;
  for (int i = 0; i < 2000; ++i) bodies.push_back(std::to_string(i) + std::string(997, 'b'));
  for (const std::string& body : bodies) {
    AddText(&batch_, "head", {body});
    expected += "head" + body;
  }
  std::string received;
  size_t written = 0;
  int calls = 0;
  for (; !batch_.done(); ++calls) {
    Result<size_t> some = batch_.WriteTo(near_.get());
    ASSERT_TRUE(some.ok());
    written += *some;
    received += Received();
  }
  EXPECT_GT(calls, 1) << "the socket's buffer took everything at once: make the batch larger";
  EXPECT_EQ(written, expected.size());
  EXPECT_EQ(received, expected);
}

TEST_F(OutputBatchTest, LetsGoOfBodiesWhenCleared) {
  auto owner = std::make_shared<const std::string>("body");
  batch_.Add([](std::string* out) { out->append("head"); }, {*owner}, {owner});
  EXPECT_EQ(owner.use_count(), 2);
  ASSERT_TRUE(batch_.WriteTo(near_.get()).ok());
  batch_.Clear();
  EXPECT_EQ(owner.use_count(), 1);
  EXPECT_TRUE(batch_.empty());
  AddText(&batch_, "again");
  ASSERT_TRUE(batch_.WriteTo(near_.get()).ok());
  EXPECT_EQ(Received(), "headbodyagain");
}

TEST_F(OutputBatchTest, SaysThatThePeerHasGone) {
  far_ = FileDescriptor();
  AddText(&batch_, "nobody reads this");
  Result<size_t> written = batch_.WriteTo(near_.get());
  ASSERT_FALSE(written.ok());
  EXPECT_NE(written.status().message().find("connection lost"), std::string::npos);
}

}  // namespace
}  // namespace rewindmq::remoting
