#include "common/protocol/java_json.h"

#include <gtest/gtest.h>

#include <random>

#include "common/protocol/json_writer.h"
#include "tests/unit/common/protocol/golden.h"

namespace rewindmq::protocol {
namespace {

std::string Standard(std::string_view text) {
  Result<nlohmann::json> parsed = ParseJavaJson(text);
  return parsed.ok() ? DumpJson(*parsed) : "error: " + parsed.status().message();
}

TEST(JavaJson, StandardJsonStaysWhatItIs) {
  EXPECT_EQ(Standard(R"( { "a" : [ 1 , -2.5 , "x\"}{" , null , true ] } )"),
            R"({"a":[1,-2.5,"x\"}{",null,true]})");
  EXPECT_EQ(Standard("{}"), "{}");
  EXPECT_EQ(Standard("[]"), "[]");
}

TEST(JavaJson, IntegerKeysBecomeStrings) {
  EXPECT_EQ(Standard(R"({0:"a",1:{-7:2}})"), R"({"0":"a","1":{"-7":2}})");
}

TEST(JavaJson, ObjectKeysBecomeTheirOwnText) {
  EXPECT_EQ(Standard(R"({"t":{{"brokerName":"b","queueId":3,"topic":"T"}:5}})"),
            R"({"t":{"{\"brokerName\":\"b\",\"queueId\":3,\"topic\":\"T\"}":5}})");
  // Blanks inside a key vanish; escapes survive.
  EXPECT_EQ(Standard(R"({ { "n" : "a\"b" } : 1 })"), R"({"{\"n\":\"a\\\"b\"}":1})");
}

TEST(JavaJson, RefusesBrokenText) {
  for (const char* text : {"",      " ",          "{",        "[",           "{]",
                           "[}",    "{\"a\"}",    "{\"a\":}", "{\"a\":1,}",  "[1,]",
                           "{a:1}", "\"a",        "{1:2",     "{{\"a\":1}}", "{{{\"a\":1}:2}:3}",
                           "1 2",   "{\"a\":1}x", "{-:1}",    "nul",         "1e999",
                           "\"\\",  "\"\xFF\"",   "'a'"}) {
    Result<nlohmann::json> parsed = ParseJavaJson(text);
    EXPECT_EQ(parsed.status().code(), ErrorCode::kCorruption) << text;
  }
}

TEST(JavaJson, DepthAndCountAreBounded) {
  auto nested = [](int depth) {
    auto size = static_cast<size_t>(depth);
    return std::string(size, '[') + std::string(size, ']');
  };
  EXPECT_TRUE(ParseJavaJson(nested(kMaxJsonDepth + 1)).ok());
  EXPECT_FALSE(ParseJavaJson(nested(kMaxJsonDepth + 2)).ok());
  EXPECT_FALSE(ParseJavaJson(std::string(10'000'000, '[')).ok());
  std::string keys(1'000'000, '{');
  EXPECT_FALSE(ParseJavaJson(keys).ok());
  std::string many = "[0";
  for (size_t i = 0; i < kMaxJsonValues; ++i) many += ",0";
  EXPECT_FALSE(ParseJavaJson(many + "]").ok());
}

TEST(JavaJson, GoldenBodiesParseAndChangedOnesNeverHarm) {
  std::vector<std::string> bodies;
  for (const GoldenFrame& golden : LoadGoldenFrames()) {
    std::string frame = golden.bytes;
    Command command;
    ASSERT_TRUE(DecodeCommand(frame.data(), frame.size(), &command).ok());
    if (command.body.empty() || command.body[0] != '{') continue;
    EXPECT_TRUE(ParseJavaObject(command.body).ok()) << golden.name;
    bodies.emplace_back(command.body);
  }
  ASSERT_GT(bodies.size(), 40U);
  constexpr int kFlips = 5'000;
  std::mt19937 random(20260103);
  int refused = 0;
  for (int i = 0; i < kFlips; ++i) {
    std::string body = bodies[random() % bodies.size()].substr(0, 2000);
    body[random() % body.size()] = static_cast<char>(random());
    if (!ParseJavaJson(body).ok()) ++refused;
  }
  EXPECT_GT(refused, 0);
  EXPECT_LT(refused, kFlips);
}

TEST(JsonMembers, TakesDefaultsAndQuotedValues) {
  nlohmann::json object =
      *ParseJavaObject(R"({"n":"12","b":"true","one":1,"null":null,"d":1.5,"t":7,"empty":""})");
  JsonMembers members(object);
  EXPECT_EQ(members.Int64("n"), 12);
  EXPECT_TRUE(members.Bool("b"));
  EXPECT_TRUE(members.Bool("one"));
  EXPECT_EQ(members.Int64("null", 5), 5);
  EXPECT_EQ(members.Int64("empty", 6), 6);
  EXPECT_EQ(members.Text("absent", "x"), "x");
  EXPECT_EQ(members.Text("t"), "7");
  EXPECT_DOUBLE_EQ(members.Double("d"), 1.5);
  EXPECT_EQ(members.Object("absent"), nullptr);
  EXPECT_TRUE(members.status().ok());
}

TEST(JsonMembers, NamesTheMemberOfAWrongType) {
  struct Case {
    const char* object;
    void (*read)(JsonMembers*);
  };
  const std::vector<Case> cases = {
      {R"({"k":1.5})", [](JsonMembers* m) { m->Int64("k"); }},
      {R"({"k":18446744073709551615})", [](JsonMembers* m) { m->Int64("k"); }},
      {R"({"k":4294967296})", [](JsonMembers* m) { m->Int32("k"); }},
      {R"({"k":"x"})", [](JsonMembers* m) { m->Int64("k"); }},
      {R"({"k":"x"})", [](JsonMembers* m) { m->Bool("k"); }},
      {R"({"k":"x"})", [](JsonMembers* m) { m->Double("k"); }},
      {R"({"k":[]})", [](JsonMembers* m) { m->Text("k"); }},
      {R"({"k":[]})", [](JsonMembers* m) { m->Object("k"); }},
      {R"({"k":{}})", [](JsonMembers* m) { m->Array("k"); }},
  };
  for (const Case& c : cases) {
    nlohmann::json object = *ParseJavaObject(c.object);
    JsonMembers members(object);
    c.read(&members);
    EXPECT_NE(members.status().message().find("'k'"), std::string::npos) << c.object;
  }
  nlohmann::json array = nlohmann::json::array();
  EXPECT_FALSE(JsonMembers(array).status().ok());
  EXPECT_EQ(JsonMembers(array).Int64("k", 3), 3);
}

TEST(JsonWriter, WritesAsFastjsonDoes) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Member("a", 1);
  writer.Member("b", "x\n\"\\\x01");
  writer.Key("c");
  writer.BeginArray();
  writer.Double(0);
  writer.Double(1.5);
  writer.Double(-20);
  writer.Bool(false);
  writer.BeginObject();
  writer.BareKey("0");
  writer.Int(-1);
  writer.EndObject();
  writer.EndArray();
  writer.StringArray("d", std::vector<std::string>{"[", "{", ":"});
  writer.EndObject();
  EXPECT_EQ(writer.Take(), R"({"a":1,"b":"x\n\"\\\u0001","c":[0.0,1.5,-20.0,false,{0:-1}],)"
                           R"("d":["[","{",":"]})");
}

}  // namespace
}  // namespace rewindmq::protocol
