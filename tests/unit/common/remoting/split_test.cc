// A stream may be cut anywhere: whatever arrives together or apart, the same commands come out.
// Every golden frame is fed to a Connection in two pieces, for each place between two bytes, and
// byte by byte. The test runs the connection's loop itself, so each piece is a read of its own.

#include <gtest/gtest.h>
#include <sys/ioctl.h>

#include <asio/write.hpp>
#include <set>

#include "common/base/bytes.h"
#include "common/remoting/connection.h"
#include "tests/unit/common/protocol/golden.h"

namespace rewindmq::remoting {
namespace {

using protocol::Command;
using protocol::GoldenFrame;

std::string Describe(const Command& command) {
  std::string text = std::to_string(command.code) + "|" + std::to_string(command.opaque) + "|" +
                     std::to_string(command.flag) + "|" + std::to_string(command.version) + "|" +
                     std::string(command.remark);
  for (const protocol::Field& field : command.fields) {
    text.append("|").append(field.name).append("=").append(field.value);
  }
  return text.append("|").append(command.body);
}

// The requests of golden frames, each with its length in front.
std::vector<std::string> GoldenRequests(std::set<int32_t>* codes) {
  std::vector<std::string> requests;
  for (const GoldenFrame& golden : protocol::LoadGoldenFrames()) {
    std::string frame = golden.bytes;
    Command command;
    EXPECT_TRUE(protocol::DecodeCommand(frame.data(), frame.size(), &command).ok());
    if (command.IsResponse()) continue;
    codes->insert(command.code);
    std::string whole;
    AppendBe(&whole, static_cast<uint32_t>(golden.bytes.size()));
    requests.push_back(whole + golden.bytes);
  }
  return requests;
}

class SplitTest : public testing::Test {
 protected:
  SplitTest() : requests_(GoldenRequests(&codes_)), sender_(loop_) {
    for (int32_t code : codes_) {
      dispatcher_.Add(code, [this](const Command& command, const Responder&) {
        heard_.push_back(Describe(command));
      });
    }
    asio::ip::tcp::acceptor acceptor(loop_, {asio::ip::make_address("127.0.0.1"), 0});
    sender_.connect(acceptor.local_endpoint());
    sender_.set_option(asio::ip::tcp::no_delay(true));
    asio::ip::tcp::socket receiver = acceptor.accept();
    receiver_fd_ = receiver.native_handle();
    connection_ =
        std::make_shared<Connection>(loop_, std::move(receiver), &dispatcher_, ConnectionLimits());
    connection_->Start(nullptr);
    loop_.poll();
  }
  ~SplitTest() override {
    connection_->Close();
    loop_.restart();
    loop_.poll();
  }

  int Unread() const {
    int bytes = 0;
    EXPECT_EQ(::ioctl(receiver_fd_, FIONREAD, &bytes), 0);
    return bytes;
  }

  // One write, all of it arrived, and then read before the next.
  void Feed(std::string_view piece) {
    asio::write(sender_, asio::buffer(piece.data(), piece.size()));
    while (Unread() < static_cast<int>(piece.size())) {
    }
    while (Unread() > 0) {
      loop_.restart();
      loop_.poll();
    }
  }

  std::string FeedWhole(const std::string& frame) {
    heard_.clear();
    Feed(frame);
    EXPECT_EQ(heard_.size(), 1U);
    return heard_.empty() ? std::string() : heard_.front();
  }

  std::set<int32_t> codes_;
  const std::vector<std::string> requests_;
  Dispatcher dispatcher_;
  asio::io_context loop_;
  asio::ip::tcp::socket sender_;
  int receiver_fd_ = -1;
  std::shared_ptr<Connection> connection_;
  std::vector<std::string> heard_;
};

TEST_F(SplitTest, EveryGoldenFrameMayBeCutAnywhere) {
  ASSERT_GT(requests_.size(), 60U);
  for (const std::string& frame : requests_) {
    std::string whole = FeedWhole(frame);
    for (size_t cut = 1; cut < frame.size(); ++cut) {
      heard_.clear();
      Feed(std::string_view(frame).substr(0, cut));
      ASSERT_TRUE(heard_.empty()) << "a command before its last byte, cut at " << cut;
      Feed(std::string_view(frame).substr(cut));
      ASSERT_EQ(heard_, std::vector<std::string>{whole}) << "cut at " << cut;
    }
  }
}

TEST_F(SplitTest, EveryGoldenFrameMayComeByteByByte) {
  for (const std::string& frame : requests_) {
    std::string whole = FeedWhole(frame);
    heard_.clear();
    for (char byte : frame) Feed(std::string_view(&byte, 1));
    ASSERT_EQ(heard_, std::vector<std::string>{whole});
  }
}

// Frames that come together, with the cut inside of any of them.
TEST_F(SplitTest, FramesThatComeTogetherMayBeCutAnywhere) {
  std::string stream;
  std::vector<std::string> expected;
  for (size_t i = 0; i < requests_.size() && stream.size() < 2000; i += 7) {
    expected.push_back(FeedWhole(requests_[i]));
    stream += requests_[i];
  }
  ASSERT_GT(expected.size(), 3U);
  for (size_t cut = 1; cut < stream.size(); ++cut) {
    heard_.clear();
    Feed(std::string_view(stream).substr(0, cut));
    Feed(std::string_view(stream).substr(cut));
    ASSERT_EQ(heard_, expected) << "cut at " << cut;
  }
}

}  // namespace
}  // namespace rewindmq::remoting
