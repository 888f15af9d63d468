#pragma once
// Runs a test once for each of many seeds, and says how to run a failing one alone.
//   REWIND_SIM_SCALE=10   ten times as many seeds (ctest's label soak)
//   REWIND_SIM_BASE=1000  other seeds: base, base + 1, …
//   REWIND_SIM_SEED=17    this seed alone
//   REWIND_SIM_LOG=info   the store's log lines, from this level on
// Thread safety: none; for the test's own thread.

#include <cstdint>
#include <functional>

namespace rewindmq::sim {

// Stops behind the first seed with which an assertion fails.
void ForEachSeed(int count, const std::function<void(uint64_t seed)>& run);

// The store warns of every crash that it finds; thousands of lines nobody reads.
void QuietLog();

}  // namespace rewindmq::sim
