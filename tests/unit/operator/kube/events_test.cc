#include "operator/kube/events.h"

#include <gtest/gtest.h>

#include "tests/unit/operator/kube/fake_api_server.h"

namespace rewindmq::kube {
namespace {

using nlohmann::json;
using Connection = FakeApiServer::Connection;
using Request = FakeApiServer::Request;
using Type = EventRecorder::Type;

const json kObject = {
    {"apiVersion", "rewindmq.dev/v1alpha1"},
    {"kind", "OffsetReset"},
    {"metadata",
     {{"namespace", "shop"}, {"name", "replay"}, {"uid", "u-1"}, {"resourceVersion", "7"}}}};

class EventsTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { InitHttpRuntime(); }

  EventsTest()
      : server_([this](const Request& request, const Connection& connection) {
          return connection.SendReply(request.method == "PATCH" ? patch_status_ : post_status_,
                                      "{}");
        }) {
    ClusterConfig config;
    config.server = server_.url();
    client_ = std::move(RestClient::Create(config, clock_)).value();
    recorder_ = std::make_unique<EventRecorder>(*client_, clock_, "rewindmq.dev/operator", "pod-1",
                                                std::stop_token());
  }
  void Record(const std::string& note = "the note") {
    recorder_->Record(kObject, Type::kWarning, "OffsetResetFailed", "Reset", note);
  }

  std::atomic<int> post_status_{201};
  std::atomic<int> patch_status_{200};
  FakeClock clock_{1'700'000'000'123};
  FakeApiServer server_;
  std::unique_ptr<RestClient> client_;
  std::unique_ptr<EventRecorder> recorder_;
};

TEST_F(EventsTest, WritesWhatHappenedToWhat) {
  Record();
  auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 1U);
  EXPECT_EQ(requests[0].method, "POST");
  EXPECT_EQ(requests[0].target, "/apis/events.k8s.io/v1/namespaces/shop/events");
  json event = json::parse(requests[0].body);
  EXPECT_EQ(event["metadata"]["namespace"], "shop");
  EXPECT_EQ(event["eventTime"], "2023-11-14T22:13:20.123000Z");
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["reason"], "OffsetResetFailed");
  EXPECT_EQ(event["action"], "Reset");
  EXPECT_EQ(event["note"], "the note");
  EXPECT_EQ(event["reportingController"], "rewindmq.dev/operator");
  EXPECT_EQ(event["reportingInstance"], "pod-1");
  EXPECT_EQ(event["regarding"]["kind"], "OffsetReset");
  EXPECT_EQ(event["regarding"]["uid"], "u-1");
}

TEST_F(EventsTest, SameSituationRaisesTheCountOfTheEventThatExists) {
  Record();
  Record();
  Record();
  Record("another note");
  auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 4U);
  std::string name = json::parse(requests[0].body)["metadata"]["name"];
  EXPECT_EQ(requests[1].method, "PATCH");
  EXPECT_EQ(requests[1].target, requests[0].target + "/" + name);
  EXPECT_EQ(json::parse(requests[1].body)["series"]["count"], 2);
  EXPECT_EQ(json::parse(requests[2].body)["series"]["count"], 3);
  EXPECT_EQ(requests[3].method, "POST");
  EXPECT_NE(json::parse(requests[3].body)["metadata"]["name"], name);
}

TEST_F(EventsTest, SituationIsNewAfterSixMinutesOrWhenItsEventIsGone) {
  Record();
  clock_.AdvanceMs(EventRecorder::kSameSituationMs);
  Record();
  EXPECT_EQ(server_.requests().back().method, "POST");
  patch_status_ = 404;
  Record();
  auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 4U);
  EXPECT_EQ(requests[2].method, "PATCH");
  EXPECT_EQ(requests[3].method, "POST");
}

TEST_F(EventsTest, RefusalIsNotFatalAndNotRemembered) {
  post_status_ = 403;
  Record();
  post_status_ = 201;
  Record();
  auto requests = server_.requests();
  ASSERT_EQ(requests.size(), 2U);
  EXPECT_EQ(requests[1].method, "POST");
}

TEST_F(EventsTest, LongNoteIsCutBetweenCharacters) {
  Record(std::string(EventRecorder::kNoteLimitBytes - 1, 'x') + "\xC3\xA9 and more");
  json event = json::parse(server_.requests().at(0).body);
  EXPECT_EQ(event["note"], std::string(EventRecorder::kNoteLimitBytes - 1, 'x'));
}

}  // namespace
}  // namespace rewindmq::kube
