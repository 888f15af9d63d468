#pragma once
// A store on a simulated disk, its history, and its ends: closed, killed, without power.
// Thread safety: none; for the test's own thread.

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "broker/store/message_store.h"
#include "common/base/clock.h"
#include "tests/sim/disk/sim_disk.h"
#include "tests/sim/harness/history.h"

namespace rewindmq::sim {

inline constexpr int64_t kStartMs = 1'700'000'000'000;
inline constexpr char kRoot[] = "/store";

class SimStore {
 public:
  // Sizes of segments follow from the seed.
  explicit SimStore(uint64_t seed);
  ~SimStore();
  SimStore(const SimStore&) = delete;
  SimStore& operator=(const SimStore&) = delete;

  // No thread of it does anything unless it is told to: the order of calls is the test's own.
  store::StoreOptions Options();
  Status Open() { return OpenWith(Options()); }
  Status OpenWith(store::StoreOptions options);
  Status Close();
  // The old store ends without a chance to write, and the disk is as the next process finds it.
  void Kill();
  void PowerLoss(uint64_t seed);
  // The same, after a planned fault has ended the power or the process.
  void Restart();

  // A message, or a batch, of random sizes to one of a few queues. What the store took is in the
  // history.
  store::PutResult PutRandom();
  store::PutResult PutTo(const QueueName& name, int count, size_t max_body_bytes = 1500);
  QueueName RandomQueue();
  // Whether the answer was true; false when the store failed before it.
  bool WaitDurable(int64_t end_offset);
  // Of everything so far.
  bool Flush() { return WaitDurable(store_->MaxPhysicalOffset()); }

  // After a restart: opens, checks P1 to P3, goes on a little. safe_end as in ExpectPrefixOf.
  void ReopenAndCheck(int64_t safe_end);
  // The same for a store that is open already.
  void CheckAndGoOn(int64_t safe_end);

  store::MessageStore& store() { return *store_; }
  bool is_open() const { return store_ != nullptr; }
  SimDisk& disk() { return disk_; }
  FakeClock& clock() { return clock_; }
  History& history() { return history_; }
  Random& random() { return random_; }
  // How often on_fatal was called since Open.
  int fatal_calls();
  // Up to here WaitDurable has answered true.
  int64_t acknowledged_end() const { return acknowledged_end_; }
  // Of the last put that the store took.
  int64_t taken_end() const { return taken_end_; }

 private:
  SimDisk disk_;
  FakeClock clock_{kStartMs};
  Random random_;
  const int64_t log_segment_bytes_;
  const int64_t queue_segment_bytes_;
  History history_;
  uint64_t messages_ = 0;
  int64_t acknowledged_end_ = 0;
  int64_t taken_end_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  int fatal_calls_ = 0;  // guarded by mutex_
  std::unique_ptr<store::MessageStore> store_;
};

// A copy of what a process that starts now would find.
void CopyFiles(FileSystem& from, const std::vector<std::string>& paths, FileSystem& to);

}  // namespace rewindmq::sim
