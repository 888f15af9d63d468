// Whole files of a stopped store are cut short, zeroed, swapped or deleted: queues and index are
// built again, loss in the log is reported, and everything else is served.

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/sim/harness/damage.h"
#include "tests/sim/harness/log_capture.h"
#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_index.h"

namespace rewindmq::sim {
namespace {

constexpr int kSeeds = 2;

enum class Harm { kCutInHalf, kCutToNothing, kZeroMiddle, kZeroAll, kDelete };
constexpr Harm kHarms[] = {Harm::kCutInHalf, Harm::kCutToNothing, Harm::kZeroMiddle, Harm::kZeroAll,
                           Harm::kDelete};
constexpr const char* kHarmNames[] = {"cut in half", "cut to nothing", "zeroed in the middle",
                                      "zeroed", "deleted"};

void Apply(SimStore* sim, Harm harm, const std::string& path) {
  std::string content = ReadAll(sim, path);
  size_t written = WrittenBytes(content);
  switch (harm) {
    case Harm::kCutInHalf:
      return Replace(sim, path, content.substr(0, written / 2));
    case Harm::kCutToNothing:
      return Replace(sim, path, "");
    case Harm::kZeroMiddle:
      return Replace(sim, path, content.replace(written / 3, written / 3, written / 3, '\0'));
    case Harm::kZeroAll:
      return Replace(sim, path, std::string(content.size(), '\0'));
    case Harm::kDelete:
      return Delete(sim, path);
  }
}

// What the harm may cost: nothing unless the log was hit.
void OpenAndCheck(SimStore* sim, bool in_log, bool first_deleted, int64_t vouched_end,
                  const std::string& what) {
  LogCapture log;
  Status opened = sim->OpenWith(WithIndex(sim));
  ASSERT_TRUE(opened.ok()) << what << ": " << opened.ToString();
  if (!first_deleted) {
    EXPECT_EQ(sim->store().MinPhysicalOffset(), 0) << what;
  }
  int64_t missing = ExpectDamageReported(sim->store(), sim->history(),
                                         in_log ? vouched_end : INT64_MAX, &sim->random());
  if (!in_log) {
    EXPECT_EQ(missing, 0) << what << ": the log holds everything";
    ExpectReachableByKey(sim);
  }
  WaitForIndex(sim->store());
  sim->Kill();
  EXPECT_FALSE(testing::Test::HasFailure()) << what << "\n" << log.text();
}

using Job = std::function<void(SimStore* sim, int64_t vouched_end)>;

void RunOnFreshStore(uint64_t seed, StopKind stop, const Job& job) {
  SimStore sim(seed);
  int64_t vouched_end = FillAndStop(&sim, stop);
  if (!testing::Test::HasFailure()) job(&sim, vouched_end);
}

size_t CountFiles(uint64_t seed, StopKind stop, const std::string& part) {
  size_t count = 0;
  RunOnFreshStore(seed, stop, [&](SimStore* sim, int64_t) { count = PathsWith(sim, part).size(); });
  return count;
}

// Every harm to every file whose path holds `part`.
void HarmEach(const std::string& part, bool in_log) {
  ForEachSeed(kSeeds, [&](uint64_t seed) {
    for (StopKind stop : {StopKind::kClean, StopKind::kCrashed}) {
      size_t files = CountFiles(seed, stop, part);
      ASSERT_GT(files, 0U);
      for (size_t file = 0; file < files; ++file) {
        for (Harm harm : kHarms) {
          // What a start does not notice; broker/store/README.md says so.
          bool is_older = harm == Harm::kDelete && file + 1 < files;
          if (part == "/index/" && (harm == Harm::kZeroMiddle || is_older)) continue;
          RunOnFreshStore(seed, stop, [&](SimStore* sim, int64_t vouched_end) {
            std::string path = PathsWith(sim, part)[file];
            Apply(sim, harm, path);
            OpenAndCheck(sim, in_log, in_log && file == 0 && harm == Harm::kDelete, vouched_end,
                         path + " " + kHarmNames[static_cast<size_t>(harm)]);
          });
          if (testing::Test::HasFailure()) return;
        }
      }
    }
  });
}

// Every two of them change their contents.
void SwapEach(const std::string& part, bool in_log) {
  ForEachSeed(kSeeds, [&](uint64_t seed) {
    for (StopKind stop : {StopKind::kClean, StopKind::kCrashed}) {
      size_t files = CountFiles(seed, stop, part);
      for (size_t second = 1; second < files; ++second) {
        RunOnFreshStore(seed, stop, [&](SimStore* sim, int64_t vouched_end) {
          std::vector<std::string> paths = PathsWith(sim, part);
          size_t first = sim->random().Below(second);
          std::string content = ReadAll(sim, paths[first]);
          Replace(sim, paths[first], ReadAll(sim, paths[second]));
          Replace(sim, paths[second], content);
          OpenAndCheck(sim, in_log, /*first_deleted=*/false, vouched_end,
                       paths[first] + " and " + paths[second] + " swapped");
        });
        if (testing::Test::HasFailure()) return;
      }
    }
  });
}

void DeleteFolder(const std::string& name) {
  ForEachSeed(kSeeds * 5, [&](uint64_t seed) {
    for (StopKind stop : {StopKind::kClean, StopKind::kCrashed}) {
      RunOnFreshStore(seed, stop, [&](SimStore* sim, int64_t vouched_end) {
        Delete(sim, std::string(kRoot) + "/" + name);
        OpenAndCheck(sim, /*in_log=*/false, /*first_deleted=*/false, vouched_end,
                     name + " deleted");
      });
    }
  });
}

TEST(FileDamageTest, LossInTheLogIsReportedAndTheRestIsServed) {
  HarmEach("/commitlog/", /*in_log=*/true);
}

TEST(FileDamageTest, SwappedLogSegmentsAreReported) { SwapEach("/commitlog/", /*in_log=*/true); }

TEST(FileDamageTest, DamagedQueuesAreBuiltAgain) { HarmEach("/consumequeue/", /*in_log=*/false); }

TEST(FileDamageTest, SwappedQueueFilesAreBuiltAgain) {
  SwapEach("/consumequeue/", /*in_log=*/false);
}

TEST(FileDamageTest, DamagedIndexFilesAreBuiltAgain) { HarmEach("/index/", /*in_log=*/false); }

TEST(FileDamageTest, ADamagedCheckpointCostsNothing) { HarmEach("/checkpoint", /*in_log=*/false); }

TEST(FileDamageTest, AllQueuesDeleted) { DeleteFolder("consumequeue"); }

TEST(FileDamageTest, TheIndexDeleted) { DeleteFolder("index"); }

}  // namespace
}  // namespace rewindmq::sim
