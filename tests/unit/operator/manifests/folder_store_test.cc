// OffsetResets in files, driven by the same reconciler as in a cluster.

#include "operator/manifests/folder_store.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <chrono>
#include <filesystem>
#include <future>

#include "common/base/clock.h"
#include "common/base/file.h"
#include "operator/api/validate.h"
#include "operator/manifests/folder_source.h"
#include "operator/reconcile/reconciler.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::manifests {
namespace {

using namespace std::chrono_literals;

constexpr auto kDeadline = 20s;

std::string Manifest(const std::string& name, const std::string& extra = "") {
  return "# " + name +
         ": replay since the deployment\n"
         "apiVersion: rewindmq.dev/v1alpha1\n"
         "kind: OffsetReset\n"
         "metadata:\n  name: " +
         name +
         "\nspec:\n"
         "  cluster: {nameServers: ['ns:9876']}\n"
         "  topic: orders\n"
         "  consumerGroup: billing\n"
         "  target:\n    time: 2026-01-02T03:04:05Z\n" +
         extra;
}

class FolderStoreTest : public testing::Test {
 protected:
  FolderStoreTest() {
    char path[] = "/tmp/rewind-manifests-XXXXXX";
    folder_ = mkdtemp(path);
    admin_.AddBroker("a", 2);
  }
  ~FolderStoreTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& file, const std::string& text) {
    ASSERT_TRUE(ReplaceFile(folder_ + "/" + file, text).ok());
    std::filesystem::remove(folder_ + "/" + file + ".bak");
  }
  std::string Read(const std::string& file) { return ReadFile(folder_ + "/" + file).value(); }

  reconcile::AdminFactory Factory() {
    return [this](const std::vector<std::string>&, int32_t) {
      return std::shared_ptr<client::AdminApi>(&admin_, [](auto*) {});
    };
  }
  void Drive(FolderStore* store) {
    reconcile::Reconciler reconciler(store, Factory(), &clock_);
    auto keys = store->Scan();
    for (const api::ObjectKey& key : *keys) {
      for (int i = 0; i < 100; ++i) {
        auto outcome = reconciler.Reconcile(key);
        if (outcome.done) break;
        clock_.AdvanceMs(outcome.requeue_after_ms);
      }
    }
  }

  std::string folder_;
  reset::FakeAdmin admin_;
  FakeClock clock_{1'800'000'000'000};
};

TEST_F(FolderStoreTest, WritesTheResultUnderTheSpec) {
  Write("one.yaml", Manifest("one"));
  FolderStore store(folder_);
  Drive(&store);
  std::string text = Read("one.yaml");
  EXPECT_TRUE(text.starts_with(Manifest("one"))) << text;
  EXPECT_NE(text.find("\n  phase: Succeeded\n"), std::string::npos) << text;
  EXPECT_NE(text.find("- {brokerName: a, queueId: 1, minOffset: 0, maxOffset: 100, "
                      "beforeOffset: 100, targetOffset: 40, reportedOffset: 40, afterOffset: 40"),
            std::string::npos)
      << text;
  EXPECT_FALSE(store.AnyFailed());
  EXPECT_EQ(ListDirectory(folder_)->size(), 1u);
}

TEST_F(FolderStoreTest, FinishedObjectsAreNotRunAgain) {
  Write("one.yaml", Manifest("one"));
  {
    FolderStore store(folder_);
    Drive(&store);
  }
  FolderStore store(folder_);
  Drive(&store);
  EXPECT_EQ(admin_.brokers["a"].resets.size(), 1u);
}

TEST_F(FolderStoreTest, SeveralDocumentsInAFile) {
  Write("many.yaml", "kind: Service\n---\n" + Manifest("one") + "--- # next\n" + Manifest("two") +
                         "---\n# nothing here\n");
  FolderStore store(folder_);
  Drive(&store);
  std::string text = Read("many.yaml");
  EXPECT_TRUE(text.starts_with("kind: Service\n---\n" + Manifest("one") + "status:\n")) << text;
  EXPECT_NE(text.find("--- # next\n" + Manifest("two") + "status:\n"), std::string::npos) << text;
  EXPECT_TRUE(text.ends_with("---\n# nothing here\n")) << text;
  EXPECT_FALSE(store.AnyFailed());
  EXPECT_TRUE(store.WaitUntilSettled({}));
}

TEST_F(FolderStoreTest, BrokenYamlGetsAnErrorBesideIt) {
  Write("bad.yaml", "kind: OffsetReset\nspec: [\n");
  Write("good.yaml", Manifest("good"));
  FolderStore store(folder_);
  Drive(&store);
  EXPECT_NE(Read("bad.yaml.error").find("bad.yaml: line 3"), std::string::npos)
      << Read("bad.yaml.error");
  EXPECT_TRUE(store.AnyFailed());
  EXPECT_EQ(Read("bad.yaml"), "kind: OffsetReset\nspec: [\n");
  EXPECT_NE(Read("good.yaml").find("phase: Succeeded"), std::string::npos);
  Write("bad.yaml", Manifest("mended"));
  Drive(&store);
  EXPECT_FALSE(FileExists(folder_ + "/bad.yaml.error"));
  EXPECT_FALSE(store.AnyFailed());
}

TEST_F(FolderStoreTest, BrokenSchemaIsACondition) {
  Write("bad.yaml", Manifest("bad", "  settle: 3\n"));
  FolderStore store(folder_);
  Drive(&store);
  std::string text = Read("bad.yaml");
  EXPECT_NE(text.find("InvalidManifest"), std::string::npos);
  EXPECT_NE(text.find("`spec.settle` is not a field of OffsetReset"), std::string::npos) << text;
  EXPECT_TRUE(store.AnyFailed());
  size_t at = text.find("  settle: 3\n");
  Write("bad.yaml", text.erase(at, std::string("  settle: 3\n").size()));
  Drive(&store);
  EXPECT_NE(Read("bad.yaml").find("phase: Succeeded"), std::string::npos);
}

TEST_F(FolderStoreTest, OneNameTwiceIsAnError) {
  Write("a.yaml", Manifest("same"));
  Write("b.yaml", Manifest("same"));
  FolderStore store(folder_);
  ASSERT_TRUE(store.Scan().ok());
  EXPECT_NE(Read("b.yaml.error").find("a.yaml"), std::string::npos);
}

TEST_F(FolderStoreTest, EditInBetweenIsAConflict) {
  Write("one.yaml", Manifest("one"));
  FolderStore store(folder_);
  ASSERT_EQ(store.Scan()->size(), 1u);
  auto read = store.Get({"default", "one"});
  Write("one.yaml", Manifest("one", "  dryRun: true\n"));
  EXPECT_EQ(store.UpdateStatus(*read).status().code(), ErrorCode::kConflict);
  EXPECT_TRUE(store.UpdateStatus(*store.Get({"default", "one"})).ok());
  std::filesystem::remove(folder_ + "/one.yaml");
  EXPECT_EQ(store.Get({"default", "one"}).status().code(), ErrorCode::kNotFound);
  EXPECT_EQ(store.Scan()->size(), 1u);
}

TEST_F(FolderStoreTest, SpecMayNotChangeUnderWay) {
  admin_.brokers["a"].manner = reset::Manner::kNotifies;  // its clients are waited for
  Write("one.yaml", Manifest("one"));
  FolderStore store(folder_);
  ASSERT_TRUE(store.Scan().ok());
  reconcile::Reconciler reconciler(&store, Factory(), &clock_);
  EXPECT_FALSE(reconciler.Reconcile({"default", "one"}).done);
  const std::string text = Read("one.yaml");
  std::string edited = text;
  Write("one.yaml", edited.replace(edited.find("topic: orders"), 13, "topic: others"));
  ASSERT_TRUE(store.Scan().ok());
  EXPECT_EQ(store.Get({"default", "one"}).status().code(), ErrorCode::kNotFound);
  EXPECT_NE(Read("one.yaml.error").find("under way"), std::string::npos);
  edited = text;
  Write("one.yaml", edited.replace(edited.find("  topic:"), 0, "  backoffLimit: 5\n"));
  ASSERT_TRUE(store.Scan().ok());
  EXPECT_TRUE(store.Get({"default", "one"}).ok());
  EXPECT_FALSE(FileExists(folder_ + "/one.yaml.error"));
}

TEST_F(FolderStoreTest, NoFolderIsNamed) {
  auto source = FolderSource::Open(folder_ + "/missing");
  EXPECT_NE(source.status().message().find("missing"), std::string::npos);
}

TEST_F(FolderStoreTest, NewFilesAreTakenUpAsTheyCome) {
  auto source = FolderSource::Open(folder_);
  ASSERT_TRUE(source.ok());
  reconcile::Reconciler reconciler(&(*source)->store(), Factory(), &clock_);
  std::promise<void> finished;
  std::atomic<bool> told{false};
  (*source)->Watch({[&](const api::ObjectKey& key) {
                      if (reconciler.Reconcile(key).done && !told.exchange(true)) {
                        finished.set_value();
                      }
                    },
                    [] {}});
  EXPECT_TRUE((*source)->synced());
  Write("late.yaml", Manifest("late"));
  ASSERT_EQ(finished.get_future().wait_for(kDeadline), std::future_status::ready);
  (*source)->StopWatching();
  EXPECT_NE(Read("late.yaml").find("phase: Succeeded"), std::string::npos);
}

TEST_F(FolderStoreTest, WaitingEndsWithTheLastObjectOrTheStop) {
  Write("one.yaml", Manifest("one"));
  FolderStore store(folder_);
  ASSERT_TRUE(store.Scan().ok());
  std::stop_source stop;
  auto waiting =
      std::async(std::launch::async, [&] { return store.WaitUntilSettled(stop.get_token()); });
  stop.request_stop();
  EXPECT_FALSE(waiting.get());
  auto second = std::async(std::launch::async, [&] { return store.WaitUntilSettled({}); });
  reconcile::Reconciler(&store, Factory(), &clock_).Reconcile({"default", "one"});
  ASSERT_EQ(second.wait_for(kDeadline), std::future_status::ready);
  EXPECT_TRUE(second.get());
}

TEST_F(FolderStoreTest, TheExamplesAreValid) {
  const std::filesystem::path folder =
      std::filesystem::path(REWIND_GOLDEN_DIR) / "../../docs/examples";
  int read = 0;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    auto documents = ParseDocuments(ReadFile(file.path().string(), kMaxFileBytes).value());
    ASSERT_TRUE(documents.ok()) << file.path();
    for (const YamlDocument& document : *documents) {
      auto reset = api::FromJson(document.value);
      ASSERT_TRUE(reset.ok()) << file.path() << reset.status().message();
      auto spec = api::ParseSpec(reset->spec(), "team");
      EXPECT_TRUE(spec.ok()) << file.path() << spec.status().message();
      ++read;
    }
  }
  EXPECT_GE(read, 3);
}

TEST_F(FolderStoreTest, IsApprovedByEditingTheFile) {
  Write("one.yaml", Manifest("one", "  approval: Required\n"));
  FolderStore store(folder_);
  Drive(&store);
  api::OffsetReset waiting = *store.Get({"default", "one"});
  EXPECT_EQ(waiting.status.phase, "AwaitingApproval");
  std::string text = Read("one.yaml");
  const std::string wish = "  approval: Required\n";
  text.replace(text.find(wish), wish.size(),
               wish + "  approvedPlanHash: '" + waiting.status.plan->hash + "'\n");
  Write("one.yaml", text);
  Drive(&store);
  EXPECT_TRUE(store.Get({"default", "one"})->status.IsTrue(api::kComplete));
}

TEST_F(FolderStoreTest, RestoresWhatAnotherFileMoved) {
  Write("one.yaml", Manifest("one"));
  FolderStore store(folder_);
  Drive(&store);
  EXPECT_EQ(admin_.brokers["a"].queues[0].committed, 40);
  std::string undo = Manifest("undo", "  method: BrokerSide\n  direction: Any\n");
  const std::string time = "    time: 2026-01-02T03:04:05Z\n";
  undo.replace(undo.find(time), time.size(), "    restoreFrom: {name: one}\n");
  Write("undo.yaml", undo);
  Drive(&store);
  EXPECT_TRUE(store.Get({"default", "undo"})->status.IsTrue(api::kComplete));
  EXPECT_EQ(admin_.brokers["a"].queues[0].committed, 100);
  EXPECT_NE(Read("undo.yaml").find("restoredFrom"), std::string::npos);
}

TEST_F(FolderStoreTest, FilesAreNotDeletedWhenTheirTimeIsOver) {
  Write("one.yaml", Manifest("one", "  ttlSecondsAfterFinished: 0\n"));
  FolderStore store(folder_);
  Drive(&store);
  EXPECT_TRUE(store.Get({"default", "one"})->status.IsTrue(api::kComplete));
}

// Of a replay under way the speed and the pause may be edited, its interval may not.
TEST_F(FolderStoreTest, APauseIsNoOtherReset) {
  const std::string replay = "  replay:\n    until: 2026-01-02T04:04:05Z\n    paused: ";
  Write("one.yaml", Manifest("one", replay + "true\n"));
  FolderStore store(folder_);
  ASSERT_TRUE(store.Scan().ok());
  api::OffsetReset reset = *store.Get({"default", "one"});
  reset.status.plan = api::PlanStatus{"0123456789abcdef", 1, 1, 0};
  reset.status.observed_generation = reset.generation;
  ASSERT_TRUE(store.UpdateStatus(reset).ok());
  std::string text = Read("one.yaml");
  text.replace(text.find("paused: true"), 12, "paused: false");
  Write("one.yaml", text);
  ASSERT_TRUE(store.Get({"default", "one"}).ok());
  EXPECT_NE(store.Get({"default", "one"})->generation, reset.generation);
  text.replace(text.find("04:04:05Z"), 9, "05:04:05Z");
  Write("one.yaml", text);
  EXPECT_FALSE(store.Get({"default", "one"}).ok());
}

}  // namespace
}  // namespace rewindmq::manifests
