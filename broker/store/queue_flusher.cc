#include "broker/store/queue_flusher.h"

#include <chrono>

#include "common/base/log.h"
#include "common/base/thread_name.h"

namespace rewindmq::store {

QueueFlusher::QueueFlusher(FileSystem* files, QueueTable* queues, Options options)
    : files_(files),
      queues_(queues),
      options_(std::move(options)),
      checkpoint_(options_.checkpoint) {}

void QueueFlusher::Start() {
  thread_ = std::thread([this] {
    NameThisThread("queue-flush");
    Run();
  });
}

void QueueFlusher::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

Status QueueFlusher::FlushAll() {
  // Taken before the syncs: what is appended meanwhile is not promised.
  LogPoint point = options_.log_point();
  // Never kResourceExhausted: unlike the checkpoint below, a sync must not be tried again.
  Status flushed = queues_->Flush();
  if (!flushed.ok()) return Status(ErrorCode::kIo, flushed.message());
  REWIND_TRY_ASSIGN(bool indexed, SyncIndex());
  const int64_t digest = queues_->Digest();
  if (!indexed && point.store_timestamp_ms == checkpoint_.queue_timestamp_ms &&
      digest == checkpoint_.queues_digest &&
      options_.durable_point().end_offset == checkpoint_.durable_end) {
    return Status::Ok();
  }
  checkpoint_.queues_digest = digest;
  checkpoint_.queue_timestamp_ms = point.store_timestamp_ms;
  TakeDurablePoint();
  return SaveCheckpoint(*files_, options_.checkpoint_path, checkpoint_, FileSystem::Sync::kYes);
}

Result<bool> QueueFlusher::SyncIndex() {
  if (!options_.sync_index) return false;
  Result<std::optional<IndexPoint>> synced = options_.sync_index();
  if (!synced.ok()) return Status(ErrorCode::kIo, synced.status().message());
  if (!synced->has_value()) return false;
  const IndexPoint& point = **synced;
  bool changed = point.indexed_end != checkpoint_.indexed_end;
  checkpoint_.indexed_end = point.indexed_end;
  checkpoint_.index_timestamp_ms = point.last.has_value() ? point.last->timestamp_ms : 0;
  checkpoint_.index_last_offset.reset();
  if (point.last.has_value()) checkpoint_.index_last_offset = point.last->physical_offset;
  return changed;
}

void QueueFlusher::TakeDurablePoint() {
  LogPoint durable = options_.durable_point();
  checkpoint_.log_timestamp_ms = durable.store_timestamp_ms;
  checkpoint_.durable_end = durable.end_offset;
}

// Not synced: it helps after a kill, and power loss may take it.
Status QueueFlusher::SaveLogTime() {
  if (options_.durable_point().end_offset == checkpoint_.durable_end) return Status::Ok();
  TakeDurablePoint();
  return SaveCheckpoint(*files_, options_.checkpoint_path, checkpoint_, FileSystem::Sync::kNo);
}

void QueueFlusher::Run() {
  using Clock = std::chrono::steady_clock;
  const auto queue_interval = std::chrono::milliseconds(options_.queue_interval_ms);
  const auto log_interval = std::chrono::milliseconds(options_.log_interval_ms);
  auto next_queue_flush = Clock::now() + queue_interval;
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, log_interval, [this] { return stopping_; })) {
    lock.unlock();
    Status status;
    if (Clock::now() >= next_queue_flush) {
      status = FlushAll();
      next_queue_flush = Clock::now() + queue_interval;
    } else {
      status = SaveLogTime();
    }
    // A full disk cannot hurt what is there; the next round tries again.
    if (status.code() == ErrorCode::kResourceExhausted) {
      spdlog::warn("checkpoint not written: {}", status.message());
    } else if (!status.ok()) {
      options_.on_failure(status);
      return;
    }
    lock.lock();
  }
}

}  // namespace rewindmq::store
