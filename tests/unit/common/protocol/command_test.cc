#include "common/protocol/command.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/base/bytes.h"
#include "common/protocol/binary_header.h"
#include "common/protocol/json_header.h"

namespace rewindmq::protocol {
namespace {

std::string FromHex(std::string_view hex) {
  std::string bytes;
  for (size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

// Printed by Java's RemotingCommand: code 14, opaque 7, version 253, three fields.
const char kBinaryFrame[] =
    "000000510100004d000e0000fd0000000700000000000000000000003800077175657565496400000001330005746f"
    "70696300000009546f70696354657374000d636f6e73756d657247726f757000000003474944";
const char kJsonFrame[] =
    "000000aa000000a67b22636f6465223a31342c226578744669656c6473223a7b2271756575654964223a2233222c22"
    "746f706963223a22546f70696354657374222c22636f6e73756d657247726f7570223a22474944227d2c22666c6167"
    "223a302c226c616e6775616765223a224a415641222c226f7061717565223a372c2273657269616c697a6554797065"
    "43757272656e74525043223a224a534f4e222c2276657273696f6e223a3235337d";

Outgoing GoldenRequest(SerializeType type) {
  Outgoing request = MakeRequest(kQueryConsumerOffset);
  request.language = Language::kJava;
  request.version = 253;
  request.opaque = 7;
  request.serialize_type = type;
  request.With("queueId", 3).With("topic", "TopicTest").With("consumerGroup", "GID");
  return request;
}

struct Decoded {
  std::string bytes;
  Command command;
  Status status;
};

Decoded DecodeJson(const std::string& header) {
  Decoded decoded;
  decoded.bytes = header;
  decoded.status = DecodeJsonHeader(decoded.bytes.data(), decoded.bytes.size(), &decoded.command);
  return decoded;
}

TEST(Command, WritesTheFramesThatJavaWrites) {
  std::string frame;
  AppendFrame(GoldenRequest(SerializeType::kRocketMq), &frame);
  EXPECT_EQ(frame, FromHex(kBinaryFrame));
  frame.clear();
  AppendFrame(GoldenRequest(SerializeType::kJson), &frame);
  EXPECT_EQ(frame, FromHex(kJsonFrame));
}

TEST(Command, ReadsBothForms) {
  for (const char* hex : {kBinaryFrame, kJsonFrame}) {
    std::string frame = FromHex(hex);
    Command command;
    ASSERT_TRUE(DecodeCommand(frame.data() + 4, frame.size() - 4, &command).ok());
    EXPECT_EQ(command.code, kQueryConsumerOffset);
    EXPECT_EQ(command.opaque, 7);
    EXPECT_EQ(command.version, 253);
    FieldReader reader(command.fields);
    EXPECT_EQ(reader.Int32("queueId"), 3);
    EXPECT_EQ(reader.Text("topic"), "TopicTest");
    EXPECT_EQ(reader.Text("consumerGroup"), "GID");
    EXPECT_TRUE(reader.status().ok());
    EXPECT_TRUE(command.body.empty());
  }
}

TEST(Command, AnEmptyFrameAndAnUnknownTypeAreErrors) {
  Command command;
  std::string tiny = "abc";
  EXPECT_EQ(DecodeCommand(tiny.data(), tiny.size(), &command).code(), ErrorCode::kCorruption);
  std::string type = FromHex("020000027b7d");
  EXPECT_EQ(DecodeCommand(type.data(), type.size(), &command).code(), ErrorCode::kCorruption);
  std::string header = FromHex("000000037b7d");
  EXPECT_EQ(DecodeCommand(header.data(), header.size(), &command).code(), ErrorCode::kCorruption);
}

TEST(Command, CountsTheBodyThatIsSentSeparately) {
  Outgoing response = MakeResponse(kSuccess);
  response.body = "abc";
  response.extra_body_bytes = 1000;
  std::string frame;
  AppendFrame(response, &frame);
  EXPECT_EQ(LoadBe<uint32_t>(frame.data()), frame.size() - 4 + 1000);
}

TEST(PeekFrame, TellsWhetherAFrameIsThere) {
  std::string frame = FromHex(kBinaryFrame);
  for (size_t length = 0; length < frame.size(); ++length) {
    Result<FrameSize> size = PeekFrame(std::string_view(frame).substr(0, length));
    ASSERT_TRUE(size.ok());
    EXPECT_FALSE(size->complete);
    EXPECT_EQ(size->total_bytes, length < 4 ? 0 : frame.size());
  }
  Result<FrameSize> size = PeekFrame(frame + "next");
  ASSERT_TRUE(size.ok());
  EXPECT_TRUE(size->complete);
  EXPECT_EQ(size->total_bytes, frame.size());
}

TEST(PeekFrame, RefusesLengthsThatNoFrameHas) {
  for (const char* hex : {"00000000", "00000003", "01000000", "ffffffff", "80000000"}) {
    EXPECT_EQ(PeekFrame(FromHex(hex)).status().code(), ErrorCode::kCorruption) << hex;
  }
  EXPECT_TRUE(PeekFrame(FromHex("00fffffc")).ok());
  EXPECT_FALSE(PeekFrame(FromHex("00fffffd")).ok());
}

TEST(JsonHeader, AcceptsWhatClientsOtherThanJavaWrite) {
  Decoded go =
      DecodeJson(R"({ "code" : 34, "language":9,"version":431, "opaque":-5,"flag":0,"remark":null,)"
                 R"( "extFields":{"a":1,"b":true,"c":null,"d":"x"}, "extra":{"k":[1,{0:"y"}]} })");
  ASSERT_TRUE(go.status.ok()) << go.status.ToString();
  EXPECT_EQ(go.command.language, Language::kGo);
  EXPECT_EQ(go.command.opaque, -5);
  EXPECT_EQ(go.command.remark, "");
  EXPECT_EQ(*go.command.fields.Find("a"), "1");
  EXPECT_EQ(*go.command.fields.Find("b"), "true");
  EXPECT_EQ(go.command.fields.Find("c"), nullptr);
  EXPECT_EQ(*go.command.fields.Find("d"), "x");
}

TEST(JsonHeader, TheWordNullInQuotesIsAText) {
  Decoded decoded = DecodeJson(R"({"code":1,"remark":"null","extFields":{"topic":"null"}})");
  ASSERT_TRUE(decoded.status.ok());
  EXPECT_EQ(decoded.command.remark, "null");
  ASSERT_NE(decoded.command.fields.Find("topic"), nullptr);
  EXPECT_EQ(*decoded.command.fields.Find("topic"), "null");
}

TEST(JsonHeader, UnescapesInPlace) {
  struct Case {
    const char* written;
    std::string meant;
  };
  const std::vector<Case> cases = {
      {R"(a\"b\\c\/d)", "a\"b\\c/d"},
      {R"(\b\f\n\r\t)", "\b\f\n\r\t"},
      {R"(\u0001K\u0002)", "\x01K\x02"},
      {R"(\u00e4\u20AC)", "\xC3\xA4\xE2\x82\xAC"},
      {R"(\uD83D\uDE00)", "\xF0\x9F\x98\x80"},
      // Half of a pair is no character.
      {R"(\uD83Dx)", "\xEF\xBF\xBDx"},
      {R"(\uDE00)", "\xEF\xBF\xBD"},
      {R"(\uD83D\u0041)", "\xEF\xBF\xBD\x41"},
      {R"(\uD83D\n)", "\xEF\xBF\xBD\n"},
  };
  for (const Case& c : cases) {
    Decoded decoded = DecodeJson(std::string(R"({"remark":")") + c.written + "\"}");
    ASSERT_TRUE(decoded.status.ok()) << c.written;
    EXPECT_EQ(decoded.command.remark, c.meant) << c.written;
  }
}

TEST(JsonHeader, RefusesWhatIsNotAHeader) {
  const std::vector<std::string> broken = {
      "",
      "{",
      "[]",
      "null",
      R"({"code":})",
      R"({"code":1)",
      R"({"code":1,})",
      R"({"code":"x"})",
      R"({"code":99999999999})",
      R"({"code":1.5})",
      R"({"code":1}})",
      R"({"code" 1})",
      R"({code:1})",
      R"({"remark":"a)",
      R"({"remark":"\x"})",
      R"({"remark":"\u12g4"})",
      R"({"remark":"\u12)",
      R"({"extFields":"x"})",
      R"({"extFields":[]})",
      R"({"extFields":{"a":{}}})",
      R"({"extFields":{"a":"b"})",
      "{\"unknown\":" + std::string(1000, '[') + std::string(1000, ']') + "}",
  };
  for (const std::string& header : broken) {
    EXPECT_EQ(DecodeJson(header).status.code(), ErrorCode::kCorruption) << header;
  }
}

TEST(JsonHeader, RefusesMoreFieldsThanAnyHeaderHas) {
  for (size_t count : {kMaxFields, kMaxFields + 1}) {
    std::string header = R"({"code":1,"extFields":{)";
    for (size_t i = 0; i < count; ++i) {
      header += (i == 0 ? "\"" : ",\"") + std::to_string(i) + "\":\"v\"";
    }
    EXPECT_EQ(DecodeJson(header + "}}").status.ok(), count <= kMaxFields);
  }
}

TEST(BinaryHeader, RefusesLengthsThatPointOutside) {
  std::string good = FromHex(kBinaryFrame).substr(8);
  Command command;
  ASSERT_TRUE(DecodeBinaryHeader(good, &command).ok());
  // Offsets of the remark's length, the block's, a name's and a value's.
  for (size_t offset : {13U, 17U}) {
    for (int32_t length : {-1, 1'000'000, 0x7FFFFFFF}) {
      std::string bad = good;
      StoreBe(bad.data() + offset, length);
      EXPECT_EQ(DecodeBinaryHeader(bad, &command).code(), ErrorCode::kCorruption) << offset;
    }
  }
  std::string bad = good;
  StoreBe<int16_t>(bad.data() + 21, -1);
  EXPECT_FALSE(DecodeBinaryHeader(bad, &command).ok());
  bad = good;
  StoreBe<int32_t>(bad.data() + 30, 0x7FFFFFFF);
  EXPECT_FALSE(DecodeBinaryHeader(bad, &command).ok());
}

TEST(FieldReader, NamesTheFieldThatIsMissingOrWrong) {
  Fields fields;
  fields.Add("n", "12");
  fields.Add("text", "x");
  fields.Add("truth", "TRUE");
  FieldReader missing(fields);
  EXPECT_EQ(missing.Int64("n"), 12);
  EXPECT_TRUE(missing.Bool("truth"));
  EXPECT_EQ(missing.Int32Or("absent", -3), -3);
  EXPECT_TRUE(missing.status().ok());
  EXPECT_EQ(missing.Int32("absent"), 0);
  EXPECT_NE(missing.status().message().find("<absent>"), std::string::npos);
  FieldReader wrong(fields);
  EXPECT_EQ(wrong.Int64Or("text", 9), 9);
  EXPECT_NE(wrong.status().message().find("text"), std::string::npos);
}

TEST(Language, UnknownNumbersAndNamesAreOther) {
  EXPECT_EQ(LanguageName(Language::kNodeJs), "NODE_JS");
  EXPECT_EQ(LanguageFromCode(200), Language::kOther);
  EXPECT_EQ(LanguageFromName("COBOL"), Language::kOther);
  EXPECT_EQ(LanguageFromName("GO"), Language::kGo);
}

}  // namespace
}  // namespace rewindmq::protocol
