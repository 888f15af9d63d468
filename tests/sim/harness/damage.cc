#include "tests/sim/harness/damage.h"

#include <gtest/gtest.h>

#include "broker/store/checkpoint.h"
#include "tests/sim/harness/sim_index.h"

namespace rewindmq::sim {
namespace {

constexpr int kMessages = 60;
constexpr int kMessagesBehind = 15;

void Fill(SimStore* sim, int messages) {
  ASSERT_TRUE(sim->OpenWith(WithIndex(sim)).ok());
  for (int i = 0; i < messages; ++i) {
    sim->clock().AdvanceMs(500);
    ASSERT_TRUE(sim->PutTo(sim->RandomQueue(), 1, 4000).ok());
    if (sim->random().OneIn(5)) {
      ASSERT_TRUE(sim->PutTo(sim->RandomQueue(), 3, 600).ok());
    }
  }
  ASSERT_TRUE(sim->Flush());
  WaitForIndex(sim->store());
}

}  // namespace

int64_t FillAndStop(SimStore* sim, StopKind stop) {
  Fill(sim, kMessages);
  EXPECT_TRUE(sim->Close().ok());
  if (stop == StopKind::kCrashed) {
    Fill(sim, kMessagesBehind);
    sim->Kill();
  }
  Result<store::Checkpoint> checkpoint =
      store::LoadCheckpoint(sim->disk().files(), std::string(kRoot) + "/checkpoint");
  EXPECT_TRUE(checkpoint.ok());
  return checkpoint->durable_end.value_or(0);
}

std::string ReadAll(SimStore* sim, const std::string& path) {
  Result<std::string> content = sim->disk().files().Read(path, kFileLimitBytes);
  EXPECT_TRUE(content.ok()) << content.status().ToString();
  return *content;
}

void Replace(SimStore* sim, const std::string& path, std::string_view content) {
  ASSERT_TRUE(sim->disk().files().Write(path, content, FileSystem::Sync::kYes).ok());
}

void Delete(SimStore* sim, const std::string& path) {
  ASSERT_TRUE(sim->disk().files().RemoveTree(path).ok());
  ASSERT_TRUE(sim->disk().files().SyncDirectory(path.substr(0, path.rfind('/'))).ok());
}

std::vector<std::string> PathsWith(SimStore* sim, const std::string& part) {
  std::vector<std::string> found;
  for (const std::string& path : sim->disk().Paths()) {
    if (path.find(part) != std::string::npos) found.push_back(path);
  }
  return found;
}

size_t WrittenBytes(std::string_view content) {
  size_t last = content.find_last_not_of('\0');
  return last == std::string_view::npos ? 0 : last + 1;
}

}  // namespace rewindmq::sim
