#include "operator/kube/watch_state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rewindmq::kube {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::ElementsAre;
using testing::Ge;
using testing::IsEmpty;
using testing::Le;
using Action = WatchAction::Type;

constexpr int64_t kStartMs = 1'000'000;

json Object(const std::string& name, const std::string& version, const std::string& uid = "u") {
  return {{"metadata",
           {{"namespace", "ns"},
            {"name", name},
            {"resourceVersion", version},
            {"uid", name + "-" + uid}}}};
}

json Page(std::vector<json> items, const std::string& version, const std::string& next = "") {
  json metadata = {{"resourceVersion", version}};
  if (!next.empty()) metadata["continue"] = next;
  return {{"metadata", metadata}, {"items", std::move(items)}};
}

std::string Line(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump();
}

std::string Describe(const WatchEvent& event) {
  switch (event.type) {
    case WatchEvent::Type::kAdded:
      return "+" + ObjectKey(event.object);
    case WatchEvent::Type::kModified:
      return "~" + ObjectKey(event.object);
    case WatchEvent::Type::kDeleted:
      return "-" + ObjectKey(event.object);
    case WatchEvent::Type::kSynced:
      return "synced";
  }
  return "?";
}

std::vector<std::string> Describe(const std::vector<WatchEvent>& events) {
  std::vector<std::string> all;
  for (const WatchEvent& event : events) all.push_back(Describe(event));
  return all;
}

class WatchStateTest : public testing::Test {
 protected:
  // The events of a line that must be usable.
  std::vector<std::string> Take(const std::string& line) {
    auto events = state_.OnWatchLine(line);
    EXPECT_TRUE(events.ok()) << events.status().ToString();
    return events.ok() ? Describe(*events) : std::vector<std::string>{};
  }

  WatchState state_{7};
};

TEST_F(WatchStateTest, ListsThenWatchesFromTheListsVersion) {
  EXPECT_EQ(state_.Start().type, Action::kList);
  WatchStep step = state_.OnListPage(Page({Object("a", "5"), Object("b", "6")}, "9"), kStartMs);
  EXPECT_THAT(Describe(step.events), ElementsAre("+ns/a", "+ns/b", "synced"));
  EXPECT_EQ(step.action.type, Action::kWatch);
  EXPECT_EQ(step.action.resource_version, "9");
  EXPECT_THAT(step.action.timeout_seconds, AllOf(Ge(300), Le(600)));
}

TEST_F(WatchStateTest, FollowsContinueAndSyncsOnlyAtTheLastPage) {
  WatchStep step = state_.OnListPage(Page({Object("a", "5")}, "9", "next/1=="), kStartMs);
  EXPECT_THAT(Describe(step.events), ElementsAre("+ns/a"));
  ASSERT_EQ(step.action.type, Action::kList);
  EXPECT_EQ(step.action.continue_token, "next/1==");
  step = state_.OnListPage(Page({Object("b", "6")}, "9"), kStartMs);
  EXPECT_THAT(Describe(step.events), ElementsAre("+ns/b", "synced"));
  EXPECT_EQ(step.action.type, Action::kWatch);
}

TEST_F(WatchStateTest, AcceptsAnEmptyListAndNullItems) {
  json page = Page({}, "3");
  page["items"] = nullptr;  // Go marshals an empty slice so
  EXPECT_THAT(Describe(state_.OnListPage(page, kStartMs).events), ElementsAre("synced"));
}

TEST_F(WatchStateTest, TurnsLinesIntoEventsAndResumesAfterThem) {
  ASSERT_EQ(state_.OnListPage(Page({Object("a", "5")}, "9"), kStartMs).action.type, Action::kWatch);
  EXPECT_THAT(Take(Line("ADDED", Object("b", "10"))), ElementsAre("+ns/b"));
  EXPECT_THAT(Take(Line("MODIFIED", Object("a", "11"))), ElementsAre("~ns/a"));
  EXPECT_THAT(Take(Line("DELETED", Object("a", "12"))), ElementsAre("-ns/a"));
  EXPECT_THAT(Take(Line("BOOKMARK", {{"metadata", {{"resourceVersion", "20"}}}})), IsEmpty());
  WatchStep step = state_.OnWatchEnded(200, true, 0, kStartMs + 300'000);
  EXPECT_THAT(step.events, IsEmpty());
  ASSERT_EQ(step.action.type, Action::kWatch) << "a regular end is no reason to list again";
  EXPECT_EQ(step.action.resource_version, "20");
}

TEST_F(WatchStateTest, ErrorEventLeadsToAListThatTellsWhatWasMissed) {
  state_.OnListPage(Page({Object("a", "5"), Object("b", "6"), Object("d", "7")}, "9"), kStartMs);
  Take(Line("ADDED", Object("c", "10")));
  auto gone = state_.OnWatchLine(
      Line("ERROR", {{"kind", "Status"}, {"code", 410}, {"message", "too old resource version"}}));
  ASSERT_FALSE(gone.ok());
  EXPECT_EQ(gone.status().response_code(), 410);
  EXPECT_EQ(gone.status().message(), "too old resource version");

  EXPECT_EQ(state_.OnWatchEnded(200, true, 0, kStartMs + 50'000).action.type, Action::kWait);
  ASSERT_EQ(state_.OnWaitOver(kStartMs + 51'000).action.type, Action::kList);
  WatchStep step = state_.OnListPage(
      Page({Object("a", "30"), Object("b", "6"), Object("d", "31", "other"), Object("e", "32")},
           "40"),
      kStartMs + 51'100);
  // c, known from the watch only, is gone; b has not changed; d is another object of that name.
  EXPECT_THAT(Describe(step.events),
              ElementsAre("~ns/a", "-ns/d", "+ns/d", "+ns/e", "-ns/c", "synced"));
  EXPECT_EQ(step.events[4].object["metadata"]["uid"], "c-u");
  EXPECT_EQ(step.action.resource_version, "40");
}

TEST_F(WatchStateTest, HttpGoneAtTheWatchLeadsToAList) {
  state_.OnListPage(Page({}, "9"), kStartMs);
  EXPECT_EQ(state_.OnWatchEnded(410, false, 0, kStartMs + 10).action.type, Action::kWait);
  EXPECT_EQ(state_.OnWaitOver(kStartMs + 900).action.type, Action::kList);
}

TEST_F(WatchStateTest, BusyServerOrBrokenConnectionIsWatchedAgainFromTheSameVersion) {
  for (int http_status : {0, 429, 500, 503}) {
    WatchState state(1);
    state.OnListPage(Page({}, "9"), kStartMs);
    ASSERT_EQ(state.OnWatchEnded(http_status, false, 0, kStartMs + 10).action.type, Action::kWait);
    WatchAction action = state.OnWaitOver(kStartMs + 2000).action;
    EXPECT_EQ(action.type, Action::kWatch) << http_status;
    EXPECT_EQ(action.resource_version, "9");
  }
}

TEST_F(WatchStateTest, ConnectionCutAfterEventsResumesAfterTheLastWholeLine) {
  state_.OnListPage(Page({}, "9"), kStartMs);
  Take(Line("ADDED", Object("a", "10")));
  ASSERT_EQ(state_.OnWatchEnded(200, false, 0, kStartMs + 5000).action.type, Action::kWait);
  WatchAction action = state_.OnWaitOver(kStartMs + 6000).action;
  ASSERT_EQ(action.type, Action::kWatch);
  EXPECT_EQ(action.resource_version, "10");
}

TEST_F(WatchStateTest, PageFailureStartsTheListAnewAndForgetsItsMarks) {
  state_.OnListPage(Page({Object("a", "5")}, "9", "next"), kStartMs);
  EXPECT_EQ(state_.OnListFailed(0, kStartMs).action.type, Action::kWait);
  WatchStep step = state_.OnWaitOver(kStartMs + 1000);
  ASSERT_EQ(step.action.type, Action::kList);
  EXPECT_EQ(step.action.continue_token, "");
  // a, seen on the page of the list that failed, is not in the one that succeeded.
  step = state_.OnListPage(Page({Object("b", "7")}, "12"), kStartMs + 1100);
  EXPECT_THAT(Describe(step.events), ElementsAre("+ns/b", "-ns/a", "synced"));
}

TEST_F(WatchStateTest, UnusableAnswersAreFailuresNotLists) {
  for (const json& page :
       {json(nullptr), json::array(), json{{"items", json::array()}},
        json{{"metadata", {{"resourceVersion", "1"}}}},
        json{{"metadata", {{"resourceVersion", "1"}}}, {"items", "no"}},
        json{{"metadata", {{"resourceVersion", "1"}}}, {"items", {{{"metadata", 5}}}}},
        json{{"metadata", {{"resourceVersion", 1}}}, {"items", json::array()}}}) {
    WatchState state(1);
    WatchStep step = state.OnListPage(page, kStartMs);
    EXPECT_EQ(step.action.type, Action::kWait) << page.dump();
    EXPECT_THAT(step.events, IsEmpty()) << page.dump();
  }
}

TEST_F(WatchStateTest, UnusableLinesEndTheWatchAndLeadToAList) {
  const std::string no_version = R"({"type":"ADDED","object":{"metadata":{"name":"a"}}})";
  const std::string no_name = R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}})";
  for (const std::string& line :
       {std::string("{\"type\":\"ADD"), std::string("[]"), std::string("null"), std::string("\xff"),
        std::string("{\"type\":\"ADDED\"}"), no_version, no_name,
        Line("RENAMED", Object("a", "10"))}) {
    WatchState state(1);
    state.OnListPage(Page({}, "9"), kStartMs);
    EXPECT_FALSE(state.OnWatchLine(line).ok()) << line;
    EXPECT_EQ(state.OnWatchEnded(200, false, 0, kStartMs + 5000).action.type, Action::kWait);
    EXPECT_EQ(state.OnWaitOver(kStartMs + 6000).action.type, Action::kList) << line;
  }
}

TEST_F(WatchStateTest, WaitsDoubleWithChanceAddedUpToTheLimit) {
  int64_t base_ms = 800;
  int64_t now_ms = kStartMs;
  for (int i = 0; i < 9; ++i) {
    WatchAction action = state_.OnListFailed(0, now_ms).action;
    EXPECT_THAT(action.delay_ms, AllOf(Ge(base_ms), Le(2 * base_ms))) << i;
    base_ms = std::min<int64_t>(2 * base_ms, 30'000);
    now_ms += action.delay_ms;
  }
}

TEST_F(WatchStateTest, WaitIsShortAgainAfterTwoHealthyMinutes) {
  for (int i = 0; i < 6; ++i) state_.OnListFailed(0, kStartMs);
  state_.OnListPage(Page({}, "9"), kStartMs);
  EXPECT_GE(state_.OnWatchEnded(500, false, 0, kStartMs + 119'999).action.delay_ms, 30'000);
  EXPECT_LE(state_.OnWatchEnded(500, false, 0, kStartMs + 119'999 + 120'000).action.delay_ms, 1600);
}

TEST_F(WatchStateTest, RetryAfterIsObeyedUpToALimit) {
  EXPECT_EQ(state_.OnListFailed(17'000, kStartMs).action.delay_ms, 17'000);
  EXPECT_EQ(state_.OnListFailed(INT64_MAX, kStartMs).action.delay_ms, 300'000);
}

TEST_F(WatchStateTest, WatchThatEndsAtOnceIsAFailure) {
  state_.OnListPage(Page({}, "9"), kStartMs);
  WatchAction action = state_.OnWatchEnded(200, true, 0, kStartMs + 999).action;
  EXPECT_EQ(action.type, Action::kWait) << "or a broken server would be asked without pause";
  ASSERT_EQ(state_.OnWaitOver(kStartMs + 2000).action.type, Action::kWatch);
  EXPECT_EQ(state_.OnWatchEnded(200, true, 0, kStartMs + 3000).action.type, Action::kWatch);
}

TEST_F(WatchStateTest, ListsAgainAfterAnHour) {
  state_.OnListPage(Page({}, "9"), kStartMs);
  EXPECT_EQ(state_.OnWatchEnded(200, true, 0, kStartMs + 3'599'999).action.type, Action::kWatch);
  EXPECT_EQ(state_.OnWatchEnded(200, true, 0, kStartMs + 3'601'000).action.type, Action::kList);
}

TEST(ObjectKeyTest, IsNamespaceAndName) {
  EXPECT_EQ(ObjectKey(Object("a", "1")), "ns/a");
  EXPECT_EQ(ObjectKey(json{{"metadata", {{"name", "node"}}}}), "node");
  EXPECT_EQ(ObjectKey(json{{"metadata", {{"namespace", "ns"}}}}), "");
  EXPECT_EQ(ObjectKey(json(3)), "");
}

}  // namespace
}  // namespace rewindmq::kube
