#pragma once
// Damages the files of a store that is not open. Thread safety: none; for the test's own thread.

#include <cstdint>
#include <string>
#include <vector>

#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {

enum class StopKind { kClean, kCrashed };

// Puts some messages, stops, and gives the physical offset up to which the checkpoint vouches for
// the log: damage before it must never go unnoticed.
int64_t FillAndStop(SimStore* sim, StopKind stop);

std::string ReadAll(SimStore* sim, const std::string& path);
void Replace(SimStore* sim, const std::string& path, std::string_view content);
void Delete(SimStore* sim, const std::string& path);
// All paths that hold `part`, sorted.
std::vector<std::string> PathsWith(SimStore* sim, const std::string& part);
// Where the file's last byte other than zero ends.
size_t WrittenBytes(std::string_view content);

}  // namespace rewindmq::sim
