#include "tests/sim/harness/seeds.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "common/base/log.h"
#include "common/base/parse.h"

namespace rewindmq::sim {
namespace {

int64_t NumberFrom(const char* variable, int64_t otherwise) {
  const char* text = std::getenv(variable);
  if (text == nullptr) return otherwise;
  Result<int64_t> number = ParseInt64(text, variable);
  if (number.ok() && *number >= 0) return *number;
  std::fprintf(stderr, "%s=%s is not a number\n", variable, text);
  std::exit(2);
}

std::string ReplayCommand(uint64_t seed) {
  const testing::TestInfo* test = testing::UnitTest::GetInstance()->current_test_info();
  return "REWIND_SIM_SEED=" + std::to_string(seed) + " " + program_invocation_short_name +
         " --gtest_filter=" + test->test_suite_name() + "." + test->name();
}

}  // namespace

void ForEachSeed(int count, const std::function<void(uint64_t seed)>& run) {
  QuietLog();
  int64_t only = NumberFrom("REWIND_SIM_SEED", -1);
  int64_t base = only >= 0 ? only : NumberFrom("REWIND_SIM_BASE", 1);
  int64_t seeds = only >= 0 ? 1 : count * NumberFrom("REWIND_SIM_SCALE", 1);
  std::printf("  %lld seeds from REWIND_SIM_BASE=%lld on\n", static_cast<long long>(seeds),
              static_cast<long long>(base));
  for (int64_t i = 0; i < seeds; ++i) {
    auto seed = static_cast<uint64_t>(base + i);
    run(seed);
    if (testing::Test::HasFailure()) {
      std::printf("  failed with seed %llu; this runs it alone:\n  %s\n",
                  static_cast<unsigned long long>(seed), ReplayCommand(seed).c_str());
      return;
    }
  }
}

void QuietLog() {
  const char* level = std::getenv("REWIND_SIM_LOG");
  spdlog::set_level(level == nullptr ? spdlog::level::off : spdlog::level::from_str(level));
}

}  // namespace rewindmq::sim
