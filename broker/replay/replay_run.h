#pragma once
// One replay at work: reads its queues in turn, a small batch at a time, and puts the copies into
// the group's retry topic. Messages of one queue keep their order: they all go to one retry queue.
//
// After a crash it knows less than it has done. The copies that its file does not count are found
// in the tail of the retry topic first; when the replay comes to such a message, it is counted as
// delivered and not put again. What the tail cannot tell any more (retention, damage) is put again,
// and counted as repeated as well, so `repeated` is never too low.
// Not thread-safe: the service's lock is held while it runs.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "broker/replay/replay_pace.h"
#include "broker/replay/replay_plan.h"
#include "broker/replay/replay_record.h"

namespace rewindmq::broker {

class ReplayRun {
 public:
  // Goes on from the record's progress. With `after_restart`, the retry topic's tail is read first.
  ReplayRun(const ReplayRun&) = delete;
  ReplayRun(const ReplayRecord& record, ReplayFilter filter, const ReplayParts& parts,
            bool after_restart);

  // One batch. Milliseconds until it wants to run again, or kIdle when all is done.
  int64_t Turn();
  void SetRate(int32_t messages_per_second);

  const ReplayProgress& progress() const { return progress_; }
  bool done() const;
  // Something has happened since it was last asked.
  bool TakeChanged() { return std::exchange(changed_, false); }
  // As of now, for the disk: it may be kept once the log is durable up to `durable_end`.
  ReplayProgress ForDisk() const;
  int64_t durable_end() const { return durable_end_; }
  // Of copies below the group's offsets nothing needs to be known.
  void ForgetConsumed(const OffsetTable& offsets);

 private:
  struct Found {
    int64_t offset = 0;  // in the original queue
    int64_t retry_offset = 0;
    auto operator<=>(const Found&) const = default;
  };
  // A queue of the topic, and what was found of it in the retry topic's tail.
  struct Source {
    protocol::ReplayQueue* counts = nullptr;
    std::vector<Found> found;  // in order
    size_t found_at = 0;       // the first one that has not been reached
  };
  struct Batch;

  // True when the whole tail has been read.
  bool Scan();
  void ScanRecord(const store::RecordView& view);
  void EndScan();
  Source* NextSource();
  Batch ReadBatch(const Source& source, int64_t max_messages) const;
  // Both are false when the store refuses for now.
  bool RunBatch(const Batch& batch, Source* source);
  bool Handle(const store::Record& record, Source* source);
  bool PutCopy(const store::Record& record, protocol::ReplayQueue* counts);
  // Counts what lies before `offset` and was not read.
  void PassTo(int64_t offset, const Batch& batch, Source* source);
  // Whether the message has been put already; then it is counted as delivered.
  bool TakeFound(int64_t offset, Source* source);
  size_t RetryQueueOf(int32_t queue_id) const;
  bool HasUnreachedFound() const;

  const protocol::ReplayOrder order_;
  const std::string retry_topic_;
  ReplayFilter filter_;
  const ReplayParts parts_;
  ReplayPace pace_;
  ReplayProgress progress_;
  std::vector<Source> sources_;  // of progress_.queues, by id
  size_t found_count_ = 0;
  struct Tail {
    int64_t next = 0;
    int64_t end = 0;
    int64_t doubts = 0;  // of its messages that cannot be read
  };
  std::vector<Tail> tails_;  // by retry queue
  bool scanning_ = false;
  bool changed_ = false;
  size_t turn_ = 0;
  int32_t stuck_ = 0;
  int64_t durable_end_ = 0;
};

}  // namespace rewindmq::broker
