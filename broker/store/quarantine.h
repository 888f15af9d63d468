#pragma once
// Stretches of the commit log that hold no usable records although records had been there. They are
// never cut, overwritten or read: the bytes stay for whoever wants to rescue something, and the log
// goes on behind them. RocketMQ cuts the log at the first of them instead.
//
// Ranges that recovery found are kept in quarantine.json, so that the next start knows them; those
// met by a reader are only counted and remembered until the process ends.
// Thread safety: every method may be called from any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace rewindmq::store {

// Physical offsets, from inclusive, end exclusive.
struct DamagedRange {
  int64_t from = 0;
  int64_t end = 0;
  std::string reason;  // names the file and the byte in it
};

class Quarantine {
 public:
  Quarantine(FileSystem* files, std::string path) : files_(files), path_(std::move(path)) {}

  // kCorruption when neither the file nor its previous copy can be read.
  Status Load();
  // Durable when it returns Ok.
  Status Add(DamagedRange range);
  // A record that a reader found damaged. Logged once for each place that is not known yet; past a
  // limit only counted.
  void Report(DamagedRange range);
  // Drops ranges that have left the log.
  void Forget(int64_t log_min);

  // Where the range ends that holds this offset.
  std::optional<int64_t> EndOf(int64_t offset) const;
  // Those of recovery and those of readers, by offset.
  std::vector<DamagedRange> All() const;
  int64_t bytes() const;          // that recovery found
  int64_t damaged_reads() const;  // reads that met damage, also again at the same place

 private:
  using Ranges = std::map<int64_t, DamagedRange>;  // by from; they do not overlap

  static Result<Ranges> Decode(const std::string& text);
  Status Save() const;                                       // needs mutex_
  std::optional<int64_t> EndOfLocked(int64_t offset) const;  // needs mutex_

  FileSystem* const files_;
  const std::string path_;
  mutable std::mutex mutex_;
  Ranges ranges_;              // guarded by mutex_
  Ranges reported_;            // guarded by mutex_
  int64_t damaged_reads_ = 0;  // guarded by mutex_
};

}  // namespace rewindmq::store
