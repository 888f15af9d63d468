#include <gtest/gtest.h>

#include <random>

#include "common/base/bytes.h"
#include "common/protocol/command.h"
#include "tests/unit/common/protocol/golden.h"

namespace rewindmq::protocol {
namespace {

std::string HeaderOf(const std::string& frame) {
  size_t header_bytes = LoadBe<uint32_t>(frame.data()) & 0xFFFFFFU;
  return frame.substr(4, header_bytes);
}

// A received command as one to be sent, fields in their order.
Outgoing Copy(const Command& command) {
  Outgoing copy;
  copy.code = command.code;
  copy.language = command.language;
  copy.version = command.version;
  copy.opaque = command.opaque;
  copy.flag = command.flag;
  copy.serialize_type = command.serialize_type;
  copy.remark = command.remark;
  for (const Field& field : command.fields) {
    copy.With(std::string(field.name), std::string(field.value));
  }
  copy.body = command.body;
  return copy;
}

void ExpectSame(const Command& a, const Command& b) {
  EXPECT_EQ(a.code, b.code);
  EXPECT_EQ(a.language, b.language);
  EXPECT_EQ(a.version, b.version);
  EXPECT_EQ(a.opaque, b.opaque);
  EXPECT_EQ(a.flag, b.flag);
  EXPECT_EQ(a.remark, b.remark);
  EXPECT_EQ(a.body, b.body);
  ASSERT_EQ(a.fields.size(), b.fields.size());
  for (size_t i = 0; i < a.fields.size(); ++i) {
    EXPECT_EQ(a.fields.begin()[i].name, b.fields.begin()[i].name);
    EXPECT_EQ(a.fields.begin()[i].value, b.fields.begin()[i].value);
  }
}

TEST(GoldenFrames, EveryFrameDecodesAndItsNameTellsItsContent) {
  for (const GoldenFrame& golden : LoadGoldenFrames()) {
    SCOPED_TRACE(golden.name);
    std::string frame = golden.bytes;
    Command command;
    ASSERT_TRUE(DecodeCommand(frame.data(), frame.size(), &command).ok());
    EXPECT_EQ(command.language, Language::kJava);
    EXPECT_EQ(command.version, golden.name.starts_with("4.2.0") ? 252 : 513);
    bool response = golden.name.find("-resp-") != std::string::npos;
    EXPECT_EQ(command.IsResponse(), response);
    EXPECT_EQ(command.IsOneway(), golden.name.find("-oneway") != std::string::npos);
    std::string digits = golden.name.substr(golden.name.find('/') + 1, 6);
    if (response) digits = golden.name.substr(golden.name.find("-resp-") + 6);
    EXPECT_EQ(command.code, std::stoi(digits));
  }
}

TEST(GoldenFrames, AJsonHeaderIsWrittenAgainByteForByte) {
  for (const GoldenFrame& golden : LoadGoldenFrames()) {
    SCOPED_TRACE(golden.name);
    std::string frame = golden.bytes;
    Command command;
    ASSERT_TRUE(DecodeCommand(frame.data(), frame.size(), &command).ok());
    std::string written;
    AppendFrame(Copy(command), &written);
    std::string expected = HeaderOf(golden.bytes);
    // Java sometimes writes an empty set of fields or an empty remark; we leave both out.
    for (std::string_view empty : {"\"extFields\":{},", "\"remark\":\"\","}) {
      size_t at = expected.find(empty);
      if (at != std::string::npos) expected.erase(at, empty.size());
    }
    std::string rest = written.substr(kFrameLengthBytes);
    EXPECT_EQ(HeaderOf(rest), expected);
    EXPECT_EQ(LoadBe<uint32_t>(written.data()), rest.size());
    EXPECT_EQ(rest.substr(4 + expected.size()), command.body);
  }
}

TEST(GoldenFrames, BothHeaderFormsCarryTheSame) {
  for (const GoldenFrame& golden : LoadGoldenFrames()) {
    SCOPED_TRACE(golden.name);
    std::string frame = golden.bytes;
    Command command;
    ASSERT_TRUE(DecodeCommand(frame.data(), frame.size(), &command).ok());
    // The binary form has 16 bits for the code; pop requests do not fit.
    if (command.code > INT16_MAX) continue;
    Outgoing copy = Copy(command);
    copy.serialize_type = SerializeType::kRocketMq;
    std::string binary;
    AppendFrame(copy, &binary);
    Command again;
    ASSERT_TRUE(DecodeCommand(binary.data() + 4, binary.size() - 4, &again).ok());
    ExpectSame(command, again);
  }
}

// A shorter frame either fails or, when only body is missing, has the same header.
TEST(GoldenFrames, ACutFrameIsAnErrorOrHasAShorterBody) {
  for (const GoldenFrame& golden : LoadGoldenFrames()) {
    SCOPED_TRACE(golden.name);
    size_t header_end = 4 + HeaderOf(golden.bytes).size();
    for (size_t length = 0; length < golden.bytes.size(); ++length) {
      std::string cut = golden.bytes.substr(0, length);
      Command command;
      Status status = DecodeCommand(cut.data(), cut.size(), &command);
      ASSERT_EQ(status.ok(), length >= header_end) << "cut to " << length << " bytes";
      if (status.ok()) {
        ASSERT_EQ(command.body.size(), length - header_end);
      }
      // The same cut with a header length that fits: a JSON text that ends early is an error.
      if (length < 4 || length >= header_end) continue;
      cut = golden.bytes.substr(0, length);
      StoreBe(cut.data(), static_cast<uint32_t>(length - 4));
      ASSERT_FALSE(DecodeCommand(cut.data(), cut.size(), &command).ok()) << length;
    }
  }
}

TEST(GoldenFrames, ChangedBytesNeverHarm) {
  constexpr int kFlips = 10'000;
  std::vector<GoldenFrame> frames = LoadGoldenFrames();
  ASSERT_FALSE(frames.empty());
  std::mt19937 random(20260102);
  int refused = 0;
  for (int i = 0; i < kFlips; ++i) {
    std::string frame = frames[random() % frames.size()].bytes;
    size_t reach = 4 + HeaderOf(frame).size();
    for (uint32_t change = 0; change <= random() % 3; ++change) {
      frame[random() % reach] = static_cast<char>(random());
    }
    Command command;
    if (!DecodeCommand(frame.data(), frame.size(), &command).ok()) {
      ++refused;
      continue;
    }
    // Every view must lie in the frame; reading them lets a sanitizer see it.
    size_t bytes = command.remark.size() + command.body.size();
    for (const Field& field : command.fields) bytes += field.name.size() + field.value.size();
    ASSERT_LE(bytes, frame.size());
    std::string again;
    AppendFrame(Copy(command), &again);
    ASSERT_TRUE(DecodeCommand(again.data() + 4, again.size() - 4, &command).ok());
  }
  // Most single changes hit a text, which any value may have; some must be noticed.
  EXPECT_GT(refused, kFlips / 20);
}

}  // namespace
}  // namespace rewindmq::protocol
