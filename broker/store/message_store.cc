// Opening and closing; see message_store_put.cc and message_store_get.cc for the rest.

#include "broker/store/message_store.h"

#include <cstdlib>

#include "broker/store/damage_judge.h"
#include "broker/store/queue_name.h"
#include "broker/store/recovery.h"
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
  if (options.max_message_bytes < 1 || options.flush_interval_ms < 1 ||
      options.sync_flush_timeout_ms < 1 || options.queue_flush_interval_ms < 1 ||
      options.clock == nullptr || options.prepare_ahead_bytes < 0) {
    return bad("message size, flush intervals and the flush time-out must be above zero");
  }
  return Status::Ok();
}

void SetDefaults(StoreOptions* options) {
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

MessageStore::Parts::Parts(StoreOptions store_options, RootLock root_lock)
    : options(std::move(store_options)),
      lock(std::move(root_lock)),
      log(options.disk, options.root_directory + "/commitlog", options.commit_log_segment_bytes),
      queues(options.disk, options.root_directory + "/consumequeue",
             options.consume_queue_segment_bytes),
      quarantine(&options.disk->files(), options.root_directory + "/quarantine.json"),
      deleted_topics(&options.disk->files(), options.root_directory + "/deletedTopics") {}

Status MessageStore::Parts::Start() {
  const std::string checkpoint_path = options.root_directory + "/checkpoint";
  RecoveryOptions recovery;
  recovery.was_closed = lock.was_closed();
  recovery.tags_code_of = options.tags_code_of;
  REWIND_TRY_ASSIGN(recovery.checkpoint, LoadCheckpoint(options.disk->files(), checkpoint_path));
  REWIND_TRY(quarantine.Load());
  recovery.damage_policy = options.damage_policy;
  recovery.quarantine = &quarantine;
  REWIND_TRY(LoadLog());
  REWIND_TRY(deleted_topics.Load());
  quarantine.Forget(log.min_offset());
  deleted_topics.Forget(log.min_offset());
  recovery.deleted_topics = &deleted_topics;
  REWIND_TRY_ASSIGN(recovery.queues_whole, queues.Load());
  REWIND_TRY_ASSIGN(RecoveryResult found, Recover(&log, &queues, recovery));
  last_store_timestamp_ms = found.last_store_timestamp_ms;
  spdlog::info("store {}: {} stop before, log {} to {}, {} records read from {} on",
               options.root_directory, recovery.was_closed ? "clean" : "no clean", log.min_offset(),
               found.log_end, found.records, found.scanned_from);

  // What recovery kept may be only in the page cache of a killed process.
  LogPoint end{found.log_end, found.last_store_timestamp_ms};
  REWIND_TRY(log.Sync(found.scanned_from, found.log_end));
  auto fail = [this](const Status& status) { Fail(status); };
  Flusher::Options flush;
  flush.interval_ms = options.flush_interval_ms;
  flush.timeout_ms = options.sync_flush_timeout_ms;
  flush.log_point = [this] { return Point(); };
  flush.on_failure = fail;
  flusher = std::make_unique<Flusher>(&log, std::move(flush));
  QueueFlusher::Options queue_flush;
  queue_flush.checkpoint_path = checkpoint_path;
  queue_flush.checkpoint = recovery.checkpoint;
  queue_flush.log_interval_ms = options.flush_interval_ms;
  queue_flush.queue_interval_ms = options.queue_flush_interval_ms;
  queue_flush.log_point = [this] { return Point(); };
  queue_flush.durable_point = [this] { return flusher->durable(); };
  queue_flush.on_failure = fail;
  queue_flusher =
      std::make_unique<QueueFlusher>(&options.disk->files(), &queues, std::move(queue_flush));
  preparer = std::make_unique<SegmentPreparer>(&log, options.prepare_ahead_bytes);
  flusher->Start(end);
  queue_flusher->Start();
  preparer->Start(found.log_end);
  return Status::Ok();
}

Status MessageStore::Parts::LoadLog() {
  if (options.damage_policy == DamagePolicy::kRefuse) return log.Load();
  std::vector<int64_t> made;
  REWIND_TRY(log.Load(&made));
  for (int64_t base : made) {
    REWIND_TRY(quarantine.Add({base, base + options.commit_log_segment_bytes,
                               PlaceInFile(log.segments(), base) + ": the file was missing"}));
  }
  return Status::Ok();
}

LogPoint MessageStore::Parts::Point() {
  std::lock_guard guard(put_mutex);
  return {log.end_offset(), last_store_timestamp_ms};
}

void MessageStore::Parts::Fail(const Status& status) {
  if (!failed.exchange(true)) options.on_fatal(status);
}

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
  parts_->preparer->Stop();
  parts_->queue_flusher->Stop();
  REWIND_TRY(parts_->flusher->Stop());
  if (parts_->failed) return Status(ErrorCode::kIo, "an earlier sync failed");
  REWIND_TRY(parts_->queue_flusher->FlushAll());
  return parts_->lock.MarkClosed();
}

void MessageStore::DeleteQueues(std::string_view topic) {
  if (!CheckQueueName(topic, 0).ok()) return;
  std::lock_guard guard(parts_->put_mutex);
  // First the note: a crash in between leaves queues that can be deleted again.
  Status removed = parts_->deleted_topics.Add(topic, parts_->log.end_offset());
  if (removed.ok()) removed = parts_->queues.Remove(topic);
  if (!removed.ok()) spdlog::error("queues of topic {} not deleted: {}", topic, removed.message());
}

void MessageStore::SetArrivalListener(ArrivalListener listener) {
  parts_->listener = std::move(listener);
}

void MessageStore::WhenDurable(int64_t end_offset, std::function<void(bool)> done) {
  parts_->flusher->WhenDurable(end_offset, std::move(done));
}

}  // namespace rewindmq::store
