// What a manifest's text means, and that a status is the only thing that changes in it.

#include "operator/manifests/yaml_document.h"

#include <gtest/gtest.h>

#include "operator/manifests/yaml_writer.h"

namespace rewindmq::manifests {
namespace {

using api::Json;

Json Parse(const std::string& text) { return ParseDocuments(text)->front().value; }

TEST(YamlDocumentTest, ScalarsAreWhatKubectlReads) {
  Json value = Parse(
      "number: 12\nquoted: '12'\ntime: 2026-01-02T03:04:05Z\nyes: yes\ntrue_: true\nnone: ~\n"
      "empty:\nreal: 1.5\nbig: 9007199254740993\nname: 1a\nlist: [a, 2]\n");
  EXPECT_EQ(value["number"], 12);
  EXPECT_EQ(value["quoted"], "12");
  EXPECT_EQ(value["time"], "2026-01-02T03:04:05Z");
  EXPECT_EQ(value["yes"], "yes");
  EXPECT_EQ(value["true_"], true);
  EXPECT_TRUE(value["none"].is_null());
  EXPECT_TRUE(value["empty"].is_null());
  EXPECT_EQ(value["real"], 1.5);
  EXPECT_EQ(value["big"], 9007199254740993);
  EXPECT_EQ(value["name"], "1a");
  EXPECT_EQ(value["list"], Json::parse(R"(["a", 2])"));
}

TEST(YamlDocumentTest, ErrorsNameTheLine) {
  struct Case {
    const char* text;
    const char* expected;
  };
  const Case kCases[] = {
      {"a: 1\nb: [1, 2\n", "line 3"},
      {"a: 1\n---\nb: 1\nc: {\n", "line 5"},
      {"a: 1\nb: 2\na: 3\n", "line 3: `a` is given twice"},
      {"a: 1\n? [x]\n: 2\n", "line 2: a key must be text"},
      {"a: *nothing\n", "line 1"},
  };
  for (const Case& c : kCases) {
    auto parsed = ParseDocuments(c.text);
    ASSERT_FALSE(parsed.ok()) << c.text;
    EXPECT_NE(parsed.status().message().find(c.expected), std::string::npos)
        << parsed.status().message();
  }
}

TEST(YamlDocumentTest, AliasesCannotBlowUp) {
  std::string text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    std::string before = "*a" + std::to_string(i - 1);
    text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) text += (k == 0 ? "" : ", ") + before;
    text += "]\n";
  }
  EXPECT_FALSE(ParseDocuments(text).ok());
}

TEST(YamlDocumentTest, OnlyTheStatusChanges) {
  const std::string head = "# why this reset\napiVersion: x   # odd spacing\nspec:\n  b: 1\n";
  const std::string tail = "metadata: {name: n}\n# the end\n";
  auto documents =
      ParseDocuments(head + "status:\n  old: [1,\n    2]\n  more:\n  - {a: 1}\n" + tail);
  Json status = Json::parse(R"({"phase": "Succeeded", "empty": "", "text": "a: \"b\"",
      "rows": [{"a": 1, "b": "True"}, {"a": 2, "b": "x"}], "plan": {"hash": "0123"}})");
  auto text = WithStatus(documents->front(), status);
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(*text, head + tail +
                       "status:\n  phase: Succeeded\n  empty: \"\"\n  text: \"a: \\\"b\\\"\"\n"
                       "  rows:\n  - {a: 1, b: \"True\"}\n  - {a: 2, b: x}\n"
                       "  plan:\n    hash: \"0123\"\n");
  // Again, from the new text: nothing but the status's place may have moved.
  auto second = WithStatus(ParseDocuments(*text)->front(), status);
  EXPECT_EQ(*second, *text);
  EXPECT_EQ(Parse(*text)["status"], status);
}

TEST(YamlDocumentTest, TextsComeBackAsTheyWere) {
  Json status = Json::object();
  status["conditions"] = Json::array();
  for (const char* text : {"plain text", "- dash",     "a: b", "#c",        "",
                           "true",       "12",         "1e3",  "0x1f",      "line\nbreak",
                           "tab\t",      "\"quoted\"", "it's", "ünïcode",   "{x}",
                           "a #b",       "~",          "null", "trailing ", "2026-01-02T03:04:05Z",
                           "\\",         "!tag",       "*x"}) {
    status["conditions"].push_back({{"message", text}});
    status[text[0] == '\0' ? "none" : text] = text;
  }
  auto text = WithStatus(ParseDocuments("kind: K\n")->front(), status);
  ASSERT_TRUE(text.ok()) << text.status().message();
  EXPECT_EQ(Parse(*text)["status"], status);
}

TEST(YamlDocumentTest, WhatCannotBeEditedIsRefused) {
  for (const char* text : {"{kind: K, spec: {a: 1}}\n", "  kind: K\n  spec: 1\n"}) {
    auto documents = ParseDocuments(text);
    ASSERT_TRUE(documents.ok());
    EXPECT_FALSE(WithStatus(documents->front(), Json::object({{"phase", "x"}})).ok()) << text;
  }
}

TEST(YamlWriterTest, ARowIsOneLineWithWhatItHolds) {
  api::Json rows = api::Json::array();
  rows.push_back({{"queueId", 1}, {"replay", {{"nextOffset", 5}, {"delivered", 4}}}});
  EXPECT_EQ(WriteYaml("queues", rows),
            "queues:\n- {queueId: 1, replay: {nextOffset: 5, delivered: 4}}\n");
}

}  // namespace
}  // namespace rewindmq::manifests
