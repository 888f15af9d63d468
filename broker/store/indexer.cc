#include "broker/store/indexer.h"

#include <algorithm>
#include <chrono>

#include "broker/store/index_key.h"
#include "broker/store/log_scan.h"
#include "common/base/bytes.h"
#include "common/base/log.h"
#include "common/base/thread_name.h"

namespace rewindmq::store {
namespace {

// Indexed at once, while Sync has to wait.
constexpr int64_t kBatchBytes = 256 * 1024;
// After the last record, before puts are asked to wake the indexer: under load they never do.
constexpr int64_t kLingerMs = 5;
// A put that was not seen in the moment in which the indexer fell asleep is found then.
constexpr int64_t kLookAgainMs = 1000;
constexpr int64_t kRetryMs = 1000;
constexpr auto kStopDrain = std::chrono::milliseconds(50);

}  // namespace

Status Indexer::Start(IndexTrust trust) {
  trust_ = std::move(trust);
  trust_.time_of = [this](int64_t offset) -> std::optional<int64_t> {
    std::optional<RecordView> record = log_->RecordAt(offset);
    if (!record.has_value()) return std::nullopt;
    return StoreTimestampOf(record->bytes);
  };
  indexed_end_ = trust_.log_min;
  REWIND_TRY(table_.Load());
  // After a crash the thread does it, as it may take a second.
  if (trust_.was_closed) {
    Status settled = Settle();
    if (!settled.ok()) spdlog::warn("message index: {}", settled.message());
  }
  thread_ = std::thread([this] {
    NameThisThread("index");
    Run();
  });
  return Status::Ok();
}

void Indexer::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Indexer::Wake() {
  idle_.store(false, std::memory_order_relaxed);
  {
    std::lock_guard lock(mutex_);
    written_ = true;
  }
  changed_.notify_one();
}

bool Indexer::Stopped() {
  std::lock_guard lock(mutex_);
  return stopping_;
}

bool Indexer::Pause(int64_t pause_ms) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, std::chrono::milliseconds(pause_ms), [this] { return stopping_; });
}

bool Indexer::PauseUntilWritten() {
  std::unique_lock lock(mutex_);
  written_ = false;
  idle_.store(true);
  if (indexed_end_.load() >= log_->end_offset()) {
    changed_.wait_for(lock, std::chrono::milliseconds(kLookAgainMs),
                      [this] { return stopping_ || written_; });
  }
  idle_.store(false);
  return stopping_;
}

Status Indexer::Settle() {
  std::lock_guard lock(work_mutex_);
  if (settled_) return Status::Ok();
  REWIND_TRY_ASSIGN(int64_t from, table_.Settle(trust_));
  indexed_end_.store(from);
  settled_ = true;
  if (log_->end_offset() > from) {
    spdlog::info("message index: the log is indexed from {} on, its end is {}", from,
                 log_->end_offset());
  }
  return Status::Ok();
}

void Indexer::Run() {
  bool failing = false;
  while (!Stopped()) {
    Status status = Settle();
    bool more = false;
    if (status.ok()) {
      Result<bool> indexed = IndexSome();
      status = indexed.status();
      more = indexed.ok() && *indexed;
    }
    if (!status.ok()) {
      if (!failing) {
        spdlog::warn("message index: paused, queries by key miss newer messages meanwhile: {}",
                     status.message());
      }
      failing = true;
      if (Pause(kRetryMs)) return;
      continue;
    }
    if (failing) spdlog::info("message index: goes on");
    failing = false;
    if (more) continue;
    if (Pause(kLingerMs)) break;
    if (log_->end_offset() <= indexed_end_.load() && PauseUntilWritten()) break;
  }
  auto deadline = std::chrono::steady_clock::now() + kStopDrain;
  while (settled_ && std::chrono::steady_clock::now() < deadline) {
    Result<bool> more = IndexSome();
    if (!more.ok() || !*more) return;
  }
}

Result<bool> Indexer::IndexSome() {
  std::lock_guard lock(work_mutex_);
  const int64_t log_end = log_->end_offset();
  int64_t offset = indexed_end_.load();
  const int64_t stop = std::min(log_end, offset + kBatchBytes);
  while (offset < stop) {
    REWIND_TRY_ASSIGN(offset, IndexAt(offset, log_end));
    indexed_end_.store(offset);
  }
  return offset < log_end;
}

Result<int64_t> Indexer::IndexAt(int64_t offset, int64_t end) {
  if (segment_ == nullptr || offset < segment_->base_offset() || offset >= segment_->end_offset()) {
    segment_ = log_->segments().Find(offset);
  }
  // The log's first segments may have been deleted before anybody came to index them.
  if (segment_ == nullptr) return offset < log_->min_offset() ? log_->min_offset() : end;
  int64_t limit = std::min(end, segment_->end_offset());
  std::string_view rest(segment_->At(offset), static_cast<size_t>(limit - offset));
  if (rest.size() >= static_cast<size_t>(kBlankBytes) &&
      LoadBe<int32_t>(rest.data() + kMagicPosition) == kMagicBlank) {
    return limit;
  }
  Result<Record> record = DecodeRecord(rest, CrcCheck::kSkip);
  if (!record.ok()) return SkipDamage(offset, end, record.status().message());
  if (record->physical_offset != offset) {
    return SkipDamage(offset, end, "the record there belongs elsewhere");
  }
  REWIND_TRY(Put(*record));
  return offset + record->total_bytes;
}

int64_t Indexer::SkipDamage(int64_t offset, int64_t end, const std::string& why) const {
  std::optional<int64_t> known = quarantine_->EndOf(offset);
  int64_t next = end;
  if (known.has_value()) {
    next = *known;
  } else if (std::optional<FoundRecord> found = FindRecordBehind(log_->segments(), offset)) {
    next = found->offset;
  }
  next = std::clamp(next, offset + 1, end);
  spdlog::warn("message index: no record at {} ({}), going on at {}", offset, why, next);
  return next;
}

Status Indexer::Put(const Record& record) {
  if (!IsIndexed(record.sys_flag)) return Status::Ok();
  // Some keys of the newest record may be there already: from before a restart or a full disk.
  const int64_t newest = table_.Newest().value_or(IndexEnd{}).physical_offset;
  Status status;
  ForEachIndexKey(record, [&](std::string_view key, IndexKeyKind kind) {
    if (!status.ok()) return;
    int32_t hash = IndexHash(record.topic, key, kind);
    if (record.physical_offset <= newest && table_.Holds(hash, record.physical_offset)) return;
    status = table_.Put(hash, record.physical_offset, record.store_timestamp_ms);
  });
  return status;
}

Result<std::optional<IndexPoint>> Indexer::Sync() {
  IndexPoint point;
  {
    std::lock_guard lock(work_mutex_);
    if (!settled_) return std::optional<IndexPoint>();
    point = {table_.Newest(), indexed_end_.load()};
  }
  REWIND_TRY(table_.Sync());
  return std::optional<IndexPoint>(point);
}

int64_t Indexer::lag() const {
  return std::max<int64_t>(0, log_->end_offset() - indexed_end_.load());
}

}  // namespace rewindmq::store
