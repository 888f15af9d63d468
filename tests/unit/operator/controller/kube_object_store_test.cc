#include "operator/controller/kube_object_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>

#include "tests/unit/operator/kube/fake_api_server.h"

namespace rewindmq::controller {
namespace {

using nlohmann::json;
using Connection = kube::FakeApiServer::Connection;
using Request = kube::FakeApiServer::Request;
using Type = kube::WatchEvent::Type;

json Object(const std::string& version) {
  return {{"apiVersion", "rewindmq.dev/v1alpha1"},
          {"kind", "OffsetReset"},
          {"metadata",
           {{"namespace", "shop"},
            {"name", "replay"},
            {"uid", "u-1"},
            {"generation", 1},
            {"creationTimestamp", "2026-01-02T03:04:05Z"},
            {"resourceVersion", version}}},
          {"spec", {{"topic", "t"}, {"aFieldOfTomorrow", 1}}}};
}

class KubeObjectStoreTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { kube::InitHttpRuntime(); }

  KubeObjectStoreTest()
      : server_([this](const Request& request, const Connection& connection) {
          if (status_ != 200) return connection.SendReply(status_, "{\"message\":\"no\"}");
          if (request.target.find("/configmaps") != std::string::npos) {
            if (request.method != "GET") return connection.SendReply(200, request.body);
            if (config_map_ == nullptr) return connection.SendReply(404, "{}");
            return connection.SendReply(200, config_map_.dump());
          }
          return connection.SendReply(200, Object(request.method == "PUT" ? "8" : "7").dump());
        }) {
    kube::ClusterConfig config;
    config.server = server_.url();
    client_ = std::move(kube::RestClient::Create(config, clock_)).value();
    recorder_ = std::make_unique<kube::EventRecorder>(*client_, clock_, "rewindmq.dev/operator",
                                                      "pod-1", std::stop_token());
    store_ = std::make_unique<KubeObjectStore>(*client_, *recorder_, clock_, std::stop_token());
  }

  const api::ObjectKey key_{"shop", "replay"};
  std::atomic<int> status_{200};
  json config_map_;  // changed between requests only
  FakeClock clock_{1'700'000'000'000};
  kube::FakeApiServer server_;
  std::unique_ptr<kube::RestClient> client_;
  std::unique_ptr<kube::EventRecorder> recorder_;
  std::unique_ptr<KubeObjectStore> store_;
};

TEST_F(KubeObjectStoreTest, ReadsTheNewestVersionFromTheServer) {
  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok()) << reset.status().ToString();
  EXPECT_EQ(reset->key, key_);
  EXPECT_EQ(reset->resource_version, "7");
  EXPECT_EQ(server_.requests().at(0).target,
            "/apis/rewindmq.dev/v1alpha1/namespaces/shop/offsetresets/replay");
  status_ = 404;
  EXPECT_EQ(store_->Get(key_).status().code(), ErrorCode::kNotFound);
}

TEST_F(KubeObjectStoreTest, WritesTheStatusFencedByTheVersionThatWasRead) {
  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok());
  reset->status.phase = "Planning";
  auto stored = store_->UpdateStatus(*reset);
  ASSERT_TRUE(stored.ok()) << stored.status().ToString();
  EXPECT_EQ(stored->resource_version, "8");
  Request request = server_.requests().at(1);
  EXPECT_EQ(request.method, "PUT");
  EXPECT_EQ(request.target,
            "/apis/rewindmq.dev/v1alpha1/namespaces/shop/offsetresets/replay/status");
  json body = json::parse(request.body);
  EXPECT_EQ(body["metadata"]["resourceVersion"], "7");
  EXPECT_EQ(body["metadata"]["uid"], "u-1");
  EXPECT_EQ(body["spec"]["aFieldOfTomorrow"], 1);
  EXPECT_EQ(body["status"]["phase"], "Planning");
}

TEST_F(KubeObjectStoreTest, HoldsAndLetsGoBesideTheFinalizersOfOthers) {
  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok());
  EXPECT_FALSE(reset->held);
  reset->object["metadata"]["finalizers"] = {"example.org/theirs"};
  ASSERT_TRUE(store_->SetHeld(*reset, true).ok());
  Request request = server_.requests().at(1);
  EXPECT_EQ(request.method, "PATCH");
  EXPECT_EQ(request.target, "/apis/rewindmq.dev/v1alpha1/namespaces/shop/offsetresets/replay");
  EXPECT_EQ(json::parse(request.body),
            json::parse(R"({"metadata": {"resourceVersion": "7", "finalizers":
                            ["example.org/theirs", "rewindmq.dev/reset"]}})"));
  reset->object["metadata"]["finalizers"] = {"rewindmq.dev/reset", "example.org/theirs"};
  EXPECT_TRUE(api::FromJson(reset->object)->held);
  ASSERT_TRUE(store_->SetHeld(*reset, false).ok());
  EXPECT_EQ(json::parse(server_.requests().at(2).body)["metadata"]["finalizers"],
            json::array({"example.org/theirs"}));
  status_ = 409;
  EXPECT_EQ(store_->SetHeld(*reset, true).status().code(), ErrorCode::kConflict);
}

TEST_F(KubeObjectStoreTest, KeepsResultsInAConfigMapThatTheObjectOwns) {
  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok());
  config_map_ = nullptr;
  auto name = store_->WriteResults(*reset, {{"table.txt", "rows\n"}});
  ASSERT_TRUE(name.ok()) << name.status().ToString();
  EXPECT_EQ(*name, "replay-results");
  Request request = server_.requests().back();
  EXPECT_EQ(request.method + " " + request.target, "POST /api/v1/namespaces/shop/configmaps");
  json body = json::parse(request.body);
  EXPECT_EQ(body["data"], json({{"table.txt", "rows\n"}}));
  EXPECT_EQ(body["metadata"]["ownerReferences"][0]["uid"], "u-1");

  body["metadata"]["resourceVersion"] = "21";
  config_map_ = body;
  EXPECT_TRUE(store_->WriteResults(*reset, {{"table.txt", "more\n"}}).ok());
  request = server_.requests().back();
  EXPECT_EQ(request.method + " " + request.target,
            "PUT /api/v1/namespaces/shop/configmaps/replay-results");
  EXPECT_EQ(json::parse(request.body)["metadata"]["resourceVersion"], "21");
}

TEST_F(KubeObjectStoreTest, LeavesConfigMapsOfOthersAlone) {
  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok());
  for (const char* metadata :
       {R"({"name": "replay-results"})", R"({"ownerReferences": [{"uid": "of-one-before"}]})"}) {
    config_map_ = {{"metadata", json::parse(metadata)}};
    EXPECT_EQ(store_->WriteResults(*reset, {}).status().code(), ErrorCode::kRejected) << metadata;
    EXPECT_EQ(server_.requests().back().method, "GET");
  }
}

TEST_F(KubeObjectStoreTest, SomebodyElsesChangeIsAConflict) {
  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok());
  status_ = 409;
  EXPECT_EQ(store_->UpdateStatus(*reset).status().code(), ErrorCode::kConflict);
}

TEST_F(KubeObjectStoreTest, DeletesThisVersionOfThisObjectOnly) {
  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok());
  EXPECT_TRUE(store_->Delete(*reset).ok());
  Request request = server_.requests().at(1);
  EXPECT_EQ(request.method, "DELETE");
  EXPECT_EQ(request.target, "/apis/rewindmq.dev/v1alpha1/namespaces/shop/offsetresets/replay");
  json options = json::parse(request.body);
  EXPECT_EQ(options["preconditions"]["uid"], "u-1");
  EXPECT_EQ(options["preconditions"]["resourceVersion"], "7");
  status_ = 409;
  EXPECT_EQ(store_->Delete(*reset).code(), ErrorCode::kConflict);
}

TEST_F(KubeObjectStoreTest, ListsWhatTheWatchHasToldOnceItIsComplete) {
  EXPECT_EQ(store_->Observe({Type::kAdded, Object("5")}), key_);
  EXPECT_EQ(store_->List().status().code(), ErrorCode::kUnavailable);
  EXPECT_EQ(store_->Observe({Type::kSynced, nullptr}), std::nullopt);
  auto all = store_->List();
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->size(), 1U);
  EXPECT_EQ(all->front().resource_version, "5");

  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok());
  ASSERT_TRUE(store_->UpdateStatus(*reset).ok());
  EXPECT_EQ(store_->List()->front().resource_version, "8") << "own writes count at once";

  json ended = {{"metadata", {{"namespace", "shop"}, {"name", "replay"}}}};
  EXPECT_EQ(store_->Observe({Type::kDeleted, ended}), key_);
  EXPECT_TRUE(store_->List()->empty());
}

TEST_F(KubeObjectStoreTest, ObjectThatCannotBeUnderstoodIsStillHandedOn) {
  json odd = Object("5");
  odd["status"] = "text";
  EXPECT_EQ(store_->Observe({Type::kAdded, odd}), key_);
}

TEST_F(KubeObjectStoreTest, EventsNameTheObject) {
  auto reset = store_->Get(key_);
  ASSERT_TRUE(reset.ok());
  store_->Event(*reset, true, "OffsetResetFailed", "why");
  Request request = server_.requests().back();
  EXPECT_EQ(request.target, "/apis/events.k8s.io/v1/namespaces/shop/events");
  json event = json::parse(request.body);
  EXPECT_EQ(event["type"], "Warning");
  EXPECT_EQ(event["regarding"]["kind"], "OffsetReset");
  EXPECT_EQ(event["regarding"]["uid"], "u-1");
}

TEST(CollectionPathTest, IsOfOneOrAllNamespaces) {
  EXPECT_EQ(KubeObjectStore::CollectionPath(""), "/apis/rewindmq.dev/v1alpha1/offsetresets");
  EXPECT_EQ(KubeObjectStore::CollectionPath("a"),
            "/apis/rewindmq.dev/v1alpha1/namespaces/a/offsetresets");
}

}  // namespace
}  // namespace rewindmq::controller
