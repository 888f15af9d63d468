#pragma once
// Follows the commit log in the background and puts what it finds into the index (the part of
// RocketMQ's ReputMessageService that calls CommitLogDispatcherBuildIndex). Nobody waits for it, so
// a query may miss the messages of the last moments.
//
// The index can always be built again, so it never stands in anybody's way: on a full disk, or when
// index files cannot be written, it pauses and goes on by itself.
// Thread safety: Wrote, Sync, lag and table from any thread; Start and Stop once each.

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>

#include "broker/store/commit_log.h"
#include "broker/store/index_table.h"
#include "broker/store/quarantine.h"

namespace rewindmq::store {

// What the checkpoint keeps of the index.
struct IndexPoint {
  std::optional<IndexEnd> last;
  int64_t indexed_end = 0;  // records before this physical offset are in the index
};

class Indexer {
 public:
  Indexer(const CommitLog* log, const Quarantine* quarantine, IndexTable::Options table)
      : log_(log), quarantine_(quarantine), table_(std::move(table)) {}
  ~Indexer() { Stop(); }

  // The log's end must be known. The error is one of opening the files that are there.
  Status Start(IndexTrust trust);
  // Indexes what is left, when that takes no longer than a moment.
  void Stop();

  // The log has grown. Costs one atomic read while the indexer is busy.
  void Wrote() {
    if (idle_.load(std::memory_order_relaxed)) Wake();
  }

  // Makes the index durable and says up to where. Empty while it is not known what the files of
  // before are worth.
  Result<std::optional<IndexPoint>> Sync();

  // Bytes of the log that are not in the index yet.
  int64_t lag() const;
  IndexTable& table() { return table_; }
  const IndexTable& table() const { return table_; }

 private:
  void Run();
  Status Settle();
  // False when the log's end was reached.
  Result<bool> IndexSome();
  // The offset of the next record.
  Result<int64_t> IndexAt(int64_t offset, int64_t end);
  int64_t SkipDamage(int64_t offset, int64_t end, const std::string& why) const;
  Status Put(const Record& record);
  bool Stopped();
  // True when the indexer shall stop.
  bool Pause(int64_t pause_ms);
  bool PauseUntilWritten();
  void Wake();

  const CommitLog* const log_;
  const Quarantine* const quarantine_;
  IndexTable table_;
  IndexTrust trust_;                  // of the indexing thread
  std::shared_ptr<Segment> segment_;  // of the indexing thread
  std::mutex work_mutex_;             // held while records are indexed
  bool settled_ = false;              // guarded by work_mutex_
  std::atomic<int64_t> indexed_end_{0};
  std::atomic<bool> idle_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
  bool written_ = false;   // guarded by mutex_
  std::thread thread_;
};

}  // namespace rewindmq::store
