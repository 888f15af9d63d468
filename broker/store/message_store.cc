// Opening and closing; see message_store_put.cc and message_store_get.cc for the rest.

#include "broker/store/message_store.h"

#include <cstdlib>

#include "broker/store/queue_name.h"
#include "broker/store/store_parts.h"
#include "common/base/log.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kMinCommitLogSegmentBytes = 4096;

Status CheckOptions(const StoreOptions& options) {
  auto bad = [](std::string what) { return Status(ErrorCode::kInvalidArgument, std::move(what)); };
  if (options.root_directory.empty()) return bad("the store's root folder is not set");
  // The blank record's length must fit its 4 bytes.
  if (options.commit_log_segment_bytes < kMinCommitLogSegmentBytes ||
      options.commit_log_segment_bytes > INT32_MAX) {
    return bad("commit log segments of " + std::to_string(options.commit_log_segment_bytes) +
               " bytes are not possible; use " + std::to_string(kMinCommitLogSegmentBytes) +
               " to " + std::to_string(INT32_MAX));
  }
  if (options.consume_queue_segment_bytes < kConsumeQueueUnitBytes ||
      options.consume_queue_segment_bytes % kConsumeQueueUnitBytes != 0) {
    return bad("consume queue segments of " + std::to_string(options.consume_queue_segment_bytes) +
               " bytes are not possible; use a multiple of " +
               std::to_string(kConsumeQueueUnitBytes));
  }
  if (options.index_shape.slots < 1 || options.index_shape.entries < 2 ||
      options.index_shape.file_bytes() > INT32_MAX) {
    return bad("index files of " + std::to_string(options.index_shape.slots) + " slots and " +
               std::to_string(options.index_shape.entries) +
               " entries are not possible; a file can have 2 GiB");
  }
  if (options.max_message_bytes < 1 || options.flush_interval_ms < 1 ||
      options.sync_flush_timeout_ms < 1 || options.queue_flush_interval_ms < 1 ||
      options.clock == nullptr || options.prepare_ahead_bytes < 0) {
    return bad("message size, flush intervals and the flush time-out must be above zero");
  }
  return Status::Ok();
}

void SetDefaults(StoreOptions* options) {
  if (options->commit_log_directory.empty()) {
    options->commit_log_directory = options->root_directory + "/commitlog";
  }
  if (options->disk == nullptr) options->disk = &RealDisk();
  if (!options->on_fatal) {
    options->on_fatal = [](const Status& status) {
      spdlog::critical("the store cannot write, the broker ends: {}", status.message());
      spdlog::default_logger()->flush();
      std::_Exit(1);
    };
  }
  if (!options->tags_code_of) {
    options->tags_code_of = [](const Record& record) {
      return TagsCode(FindProperty(record.properties, kPropertyTags).value_or(""));
    };
  }
}

}  // namespace

MessageStore::MessageStore(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

MessageStore::~MessageStore() {
  Status closed = Close();
  if (!closed.ok()) spdlog::error("store not closed cleanly: {}", closed.message());
}

Result<std::unique_ptr<MessageStore>> MessageStore::Open(StoreOptions options) {
  REWIND_TRY(CheckOptions(options));
  SetDefaults(&options);
  REWIND_TRY_ASSIGN(RootLock lock, RootLock::Take(options.disk, options.root_directory));
  auto parts = std::make_unique<Parts>(std::move(options), std::move(lock));
  REWIND_TRY(parts->lock.MarkOpen());
  Status started = parts->Start();
  if (!started.ok()) {
    // A refused store is as it was, its mark too.
    if (parts->lock.was_closed()) REWIND_TRY(parts->lock.MarkClosed());
    return started;
  }
  return std::unique_ptr<MessageStore>(new MessageStore(std::move(parts)));
}

Status MessageStore::Close() {
  {
    std::lock_guard guard(parts_->put_mutex);
    if (parts_->closed) return Status::Ok();
    parts_->closed = true;
  }
  parts_->retention->Stop();
  parts_->preparer->Stop();
  if (parts_->indexer != nullptr) parts_->indexer->Stop();
  parts_->queue_flusher->Stop();
  REWIND_TRY(parts_->flusher->Stop());
  if (parts_->failed) return Status(ErrorCode::kIo, "an earlier sync failed");
  Status flushed = parts_->queue_flusher->FlushAll();
  // An older checkpoint only lets the next start read a little more.
  bool is_full = flushed.code() == ErrorCode::kResourceExhausted;
  if (is_full) spdlog::warn("the checkpoint stays as it is: {}", flushed.message());
  if (!flushed.ok() && !is_full) return flushed;
  return parts_->lock.MarkClosed();
}

StoreStats MessageStore::Stats() const {
  StoreStats stats;
  stats.append = parts_->append_latency.Read();
  stats.flush = parts_->flusher->latency().Read();
  stats.messages = parts_->messages_stored;
  stats.message_bytes = parts_->message_bytes;
  stats.refused = parts_->refused;
  stats.log_min_offset = parts_->log.min_offset();
  stats.log_end_offset = parts_->log.end_offset();
  stats.durable_end_offset = parts_->flusher->durable().end_offset;
  stats.log_segments = static_cast<int64_t>(parts_->log.segments().All().size());
  stats.queues = static_cast<int64_t>(parts_->queues.All().size());
  stats.deleted_segments = parts_->retention->deleted_segments();
  stats.disk = parts_->retention->usage();
  stats.disk_full = parts_->retention->disk_full();
  if (parts_->indexer != nullptr) stats.dispatch_lag_bytes = parts_->indexer->lag();
  stats.recovery = parts_->recovery;
  std::vector<DamagedRange> ranges = parts_->quarantine.All();
  stats.quarantined_ranges = static_cast<int64_t>(ranges.size());
  stats.quarantined_bytes = parts_->quarantine.bytes();
  stats.damaged_reads = parts_->quarantine.damaged_reads();
  return stats;
}

Result<std::string> MessageStore::Parts::HideQueues(std::string_view topic) {
  std::lock_guard guard(put_mutex);
  // First the note: a crash in between leaves queues that can be deleted again.
  REWIND_TRY(deleted_topics.Add(topic, log.end_offset()));
  REWIND_TRY(extensions.Remove(topic));
  return queues.Remove(topic);
}

void MessageStore::DeleteQueues(std::string_view topic) {
  if (!CheckQueueName(topic, 0).ok()) return;
  Result<std::string> hidden = parts_->HideQueues(topic);
  // Outside of the lock: giving thousands of files' blocks back takes seconds.
  Status removed =
      hidden.ok() ? parts_->options.disk->files().RemoveTree(*hidden) : hidden.status();
  if (!removed.ok()) spdlog::error("queues of topic {} not deleted: {}", topic, removed.message());
}

std::vector<std::string> MessageStore::QueueTopics() const { return parts_->queues.Topics(); }

void MessageStore::ChangeLimits(const RetentionLimits& retention, int32_t max_message_bytes) {
  parts_->retention->ChangeLimits(retention);
  parts_->max_message_bytes = max_message_bytes;
}

void MessageStore::CleanSoon(bool at_any_hour) { parts_->retention->CleanSoon(at_any_hour); }

void MessageStore::SetArrivalListener(ArrivalListener listener) {
  parts_->listener = std::move(listener);
}

void MessageStore::WhenDurable(int64_t end_offset, std::function<void(bool)> done) {
  parts_->flusher->WhenDurable(end_offset, std::move(done));
}

}  // namespace rewindmq::store
