#include "broker/replay/replay_run.h"

#include <algorithm>

#include "broker/replay/replay_copy.h"
#include "broker/schedule/delivery_loop.h"
#include "common/base/log.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

// Small, so that requests about replays, the broker's end and other replays wait for little.
constexpr int64_t kMessagesPerTurn = 64;
constexpr int64_t kBytesPerTurn = 1 << 20;
constexpr int32_t kScansPerTurn = 512;
constexpr int64_t kScanBytesPerTurn = 4 << 20;
// After a refusal of the store, which may be full, or while retention is at work there.
constexpr int64_t kRetryMs = 200;
constexpr int32_t kMaxStuckTurns = 25;
// Sixteen bytes each; more of a tail is taken for unreadable.
constexpr size_t kMaxFound = 4'000'000;

}  // namespace

// What lies in [start, next) of a queue: some were read, the tags of some are not wanted, and the
// others are not there.
struct ReplayRun::Batch {
  int64_t start = 0;
  int64_t next = 0;
  std::vector<store::RecordView> records;
  std::vector<int64_t> unwanted;  // in order
};

ReplayRun::ReplayRun(const ReplayRecord& record, ReplayFilter filter, const ReplayParts& parts,
                     bool after_restart)
    : order_(record.asked),
      retry_topic_(protocol::RetryTopic(record.asked.group)),
      filter_(std::move(filter)),
      parts_(parts),
      pace_(record.status.order.messages_per_second, parts.clock->SteadyMs()),
      progress_(record.progress),
      scanning_(after_restart) {
  for (protocol::ReplayQueue& queue : progress_.queues) sources_.push_back({&queue, {}, 0});
  if (!after_restart) return;
  // What is found may have been written by a process that was killed before it synced.
  durable_end_ = parts.store->MaxPhysicalOffset();
  for (size_t id = 0; id < progress_.retry_queues.size(); ++id) {
    int64_t end = parts.store->MaxOffset(retry_topic_, static_cast<int32_t>(id));
    int64_t from = std::clamp(progress_.retry_queues[id].scan_from, int64_t{0}, end);
    tails_.push_back({from, end, 0});
  }
}

void ReplayRun::SetRate(int32_t messages_per_second) {
  pace_ = ReplayPace(messages_per_second, parts_.clock->SteadyMs());
}

bool ReplayRun::done() const {
  return std::all_of(progress_.queues.begin(), progress_.queues.end(),
                     [](const auto& queue) { return queue.next_offset >= queue.end_offset; });
}

size_t ReplayRun::RetryQueueOf(int32_t queue_id) const {
  return static_cast<size_t>(queue_id) % progress_.retry_queues.size();
}

bool ReplayRun::HasUnreachedFound() const {
  return std::any_of(sources_.begin(), sources_.end(),
                     [](const Source& source) { return source.found_at < source.found.size(); });
}

bool ReplayRun::Scan() {
  for (size_t id = 0; id < tails_.size(); ++id) {
    Tail& tail = tails_[id];
    if (tail.next >= tail.end) continue;
    int64_t start = tail.next;
    store::GetResult got = parts_.store->Get(retry_topic_, static_cast<int32_t>(id), start,
                                             kScansPerTurn, kScanBytesPerTurn, {});
    bool usable = got.next_begin_offset > start && found_count_ < kMaxFound;
    tail.next = usable ? std::min(got.next_begin_offset, tail.end) : tail.end;
    auto read = static_cast<int64_t>(usable ? got.records.size() : 0);
    tail.doubts += std::max(tail.next - start - read, int64_t{0});
    for (int64_t i = 0; i < read; ++i) ScanRecord(got.records[static_cast<size_t>(i)]);
    return false;
  }
  EndScan();
  return true;
}

void ReplayRun::ScanRecord(const store::RecordView& view) {
  Result<store::Record> record = store::DecodeRecord(view.bytes, store::CrcCheck::kSkip);
  auto origin = record.ok() ? OriginInReplay(*record, order_.id) : std::nullopt;
  if (!origin) return;
  auto source =
      std::lower_bound(sources_.begin(), sources_.end(), origin->queue_id,
                       [](const Source& one, int32_t id) { return one.counts->queue_id < id; });
  bool ours = source != sources_.end() && source->counts->queue_id == origin->queue_id &&
              origin->offset >= source->counts->next_offset;
  if (!ours) return;
  source->found.push_back({origin->offset, record->queue_offset});
  ++found_count_;
}

void ReplayRun::EndScan() {
  scanning_ = false;
  for (Source& source : sources_) {
    std::sort(source.found.begin(), source.found.end());
    auto again = std::unique(source.found.begin(), source.found.end(),
                             [](const Found& a, const Found& b) { return a.offset == b.offset; });
    source.counts->repeated += source.found.end() - again;
    source.found.erase(again, source.found.end());
  }
  int64_t doubts = 0;
  for (size_t id = 0; id < tails_.size(); ++id) {
    progress_.retry_queues[id].doubtful += tails_[id].doubts;
    doubts += tails_[id].doubts;
  }
  spdlog::info("replay {} goes on: {} of its messages were in {} already{}", order_.id,
               found_count_, retry_topic_,
               doubts == 0 ? ""
                           : ", and up to " + std::to_string(doubts) +
                                 " more that cannot be read and may come again");
}

ReplayRun::Source* ReplayRun::NextSource() {
  for (size_t i = 0; i < sources_.size(); ++i) {
    Source& source = sources_[turn_++ % sources_.size()];
    if (source.counts->next_offset < source.counts->end_offset) return &source;
  }
  return nullptr;
}

int64_t ReplayRun::Turn() {
  if (scanning_ && !Scan()) return 0;
  if (done()) return kIdle;
  int64_t available = pace_.Available(parts_.clock->SteadyMs());
  if (available <= 0) return std::max<int64_t>(pace_.WaitMs(), 1);
  Source* source = NextSource();
  Batch batch = ReadBatch(*source, std::min(available, kMessagesPerTurn));
  if (batch.next == batch.start) {
    // Its segment is being deleted; the queue will begin later in a moment.
    if (++stuck_ < kMaxStuckTurns) return kRetryMs;
    ++batch.next;
  }
  stuck_ = 0;
  changed_ = true;
  return RunBatch(batch, source) ? (done() ? kIdle : 0) : kRetryMs;
}

ReplayRun::Batch ReplayRun::ReadBatch(const Source& source, int64_t max_messages) const {
  const protocol::ReplayQueue& queue = *source.counts;
  Batch batch;
  batch.start = queue.next_offset;
  int64_t seen = 0;
  // Called for one unit after the other.
  auto wants = [&](int64_t tags_code) {
    int64_t offset = batch.start + seen++;
    if (offset >= queue.end_offset) return false;
    if (filter_.MayPass(tags_code)) return true;
    batch.unwanted.push_back(offset);
    return false;
  };
  store::GetResult got =
      parts_.store->Get(order_.topic, queue.queue_id, batch.start,
                        static_cast<int32_t>(max_messages), kBytesPerTurn, wants);
  bool ends_before = got.status == store::GetStatus::kNoMatchedLogicQueue ||
                     got.status == store::GetStatus::kNoMessageInQueue ||
                     got.status == store::GetStatus::kOffsetOverflowOne ||
                     got.status == store::GetStatus::kOffsetOverflowBadly;
  // Lost with the log's end in a power failure.
  batch.next = ends_before ? queue.end_offset
                           : std::clamp(got.next_begin_offset, batch.start, queue.end_offset);
  batch.records = std::move(got.records);
  return batch;
}

bool ReplayRun::RunBatch(const Batch& batch, Source* source) {
  for (const store::RecordView& view : batch.records) {
    int64_t offset = store::QueueOffsetOf(view.bytes);
    if (offset >= batch.next) break;
    PassTo(offset, batch, source);
    Result<store::Record> record = store::DecodeRecord(view.bytes, store::CrcCheck::kSkip);
    if (!record.ok()) {
      ++source->counts->missing;
    } else if (!Handle(*record, source)) {
      return false;
    }
    source->counts->next_offset = offset + 1;
  }
  PassTo(batch.next, batch, source);
  return true;
}

void ReplayRun::PassTo(int64_t offset, const Batch& batch, Source* source) {
  protocol::ReplayQueue* counts = source->counts;
  int64_t from = counts->next_offset;
  auto first = std::lower_bound(batch.unwanted.begin(), batch.unwanted.end(), from);
  int64_t unwanted = std::lower_bound(first, batch.unwanted.end(), offset) - first;
  counts->filtered += unwanted;
  int64_t gone = std::max(offset - from - unwanted, int64_t{0});
  if (gone > 0) {
    // What retention has deleted since may have been delivered before the restart.
    int64_t delivered = counts->delivered;
    for (int64_t at = from; at < offset && source->found_at < source->found.size(); ++at) {
      TakeFound(at, source);
    }
    gone -= counts->delivered - delivered;
    counts->missing += gone;
    if (gone > 0) {
      spdlog::warn("replay {}: {} messages of queue {} of topic {} from offset {} on are gone",
                   order_.id, gone, counts->queue_id, order_.topic, from);
    }
  }
  counts->next_offset = std::max(from, offset);
}

bool ReplayRun::TakeFound(int64_t offset, Source* source) {
  while (source->found_at < source->found.size()) {
    const Found& found = source->found[source->found_at];
    if (found.offset > offset) return false;
    ++source->found_at;
    if (found.offset < offset) continue;
    ++source->counts->delivered;
    progress_.retry_queues[RetryQueueOf(source->counts->queue_id)].delivered.Add(
        found.retry_offset);
    return true;
  }
  return false;
}

bool ReplayRun::Handle(const store::Record& record, Source* source) {
  if (TakeFound(record.queue_offset, source)) return true;
  // The clock may have been set back meanwhile, so the offsets alone do not tell.
  bool in_time =
      record.store_timestamp_ms >= order_.from_ms && record.store_timestamp_ms < order_.until_ms;
  if (in_time && filter_.Passes(record)) return PutCopy(record, source->counts);
  ++source->counts->filtered;
  return true;
}

bool ReplayRun::PutCopy(const store::Record& record, protocol::ReplayQueue* counts) {
  size_t retry_queue = RetryQueueOf(counts->queue_id);
  InnerMessage copy = CopyForReplay(record, order_.group, order_.id);
  copy.queue_id = static_cast<int32_t>(retry_queue);
  copy.store_host = parts_.store_host;
  store::PutResult put = parts_.writer->Put(copy);
  bool never = put.status == store::PutStatus::kMessageIllegal ||
               put.status == store::PutStatus::kPropertiesSizeExceeded;
  if (never) {
    spdlog::error("replay {}: the message at offset {} of queue {} of topic {} is left out: {}",
                  order_.id, record.queue_offset, counts->queue_id, order_.topic, put.error);
    ++counts->missing;
    return true;
  }
  if (!put.ok()) return false;
  pace_.Take();
  ++counts->delivered;
  ReplayRetryQueue& retry = progress_.retry_queues[retry_queue];
  if (retry.doubtful > 0) {
    --retry.doubtful;
    ++counts->repeated;
  }
  retry.delivered.Add(put.queue_offset);
  durable_end_ = std::max(durable_end_, put.end_offset);
  return true;
}

ReplayProgress ReplayRun::ForDisk() const {
  ReplayProgress progress = progress_;
  // As long as something found has not been reached, a restart must be able to find it again.
  bool keeps_tail = scanning_ || HasUnreachedFound();
  for (size_t id = 0; id < progress.retry_queues.size(); ++id) {
    ReplayRetryQueue& queue = progress.retry_queues[id];
    if (!keeps_tail) {
      queue.scan_from = parts_.store->MaxOffset(retry_topic_, static_cast<int32_t>(id));
    } else if (!scanning_) {
      queue.doubtful = std::max(queue.doubtful - tails_[id].doubts, int64_t{0});
    }
  }
  return progress;
}

void ReplayRun::ForgetConsumed(const OffsetTable& offsets) {
  for (size_t id = 0; id < progress_.retry_queues.size(); ++id) {
    auto committed = offsets.Find(order_.group, retry_topic_, static_cast<int32_t>(id));
    if (committed) progress_.retry_queues[id].delivered.ForgetBelow(*committed);
  }
}

}  // namespace rewindmq::broker
