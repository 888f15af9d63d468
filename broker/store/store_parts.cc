// How a store comes up: load, recover, start the threads.

#include "broker/store/store_parts.h"

#include <algorithm>

#include "broker/store/damage_judge.h"
#include "broker/store/recovery.h"
#include "common/base/log.h"

namespace rewindmq::store {

MessageStore::Parts::Parts(StoreOptions store_options, RootLock root_lock)
    : options(std::move(store_options)),
      lock(std::move(root_lock)),
      log(options.disk, options.commit_log_directory, options.commit_log_segment_bytes),
      queues(options.disk, options.root_directory + "/consumequeue",
             options.consume_queue_segment_bytes),
      extensions({options.disk, options.root_directory + "/consumequeue_ext",
                  options.consume_queue_ext_segment_bytes, options.enable_consume_queue_ext}),
      quarantine(&options.disk->files(), options.root_directory + "/quarantine.json"),
      deleted_topics(&options.disk->files(), options.root_directory + "/deletedTopics") {}

Status MessageStore::Parts::Start() {
  const std::string checkpoint_path = options.root_directory + "/checkpoint";
  REWIND_TRY_ASSIGN(Checkpoint checkpoint, LoadCheckpoint(options.disk->files(), checkpoint_path));
  // Made now, so that it can be written in place when the disk is full.
  if (!options.disk->files().Exists(checkpoint_path)) {
    Status made =
        SaveCheckpoint(options.disk->files(), checkpoint_path, checkpoint, FileSystem::Sync::kNo);
    if (!made.ok()) spdlog::warn("no checkpoint yet: {}", made.message());
  }
  REWIND_TRY_ASSIGN(LogPoint durable, Recover(checkpoint));
  REWIND_TRY(StartIndexer(checkpoint));
  StartThreads(checkpoint_path, checkpoint, durable);
  return Status::Ok();
}

Result<LogPoint> MessageStore::Parts::Recover(const Checkpoint& checkpoint) {
  const int64_t started_ms = options.clock->SteadyMs();
  RecoveryOptions how;
  how.was_closed = lock.was_closed();
  how.checkpoint = checkpoint;
  how.damage_policy = options.damage_policy;
  how.quarantine = &quarantine;
  how.deleted_topics = &deleted_topics;
  how.tags_code_of = options.tags_code_of;
  REWIND_TRY(options.disk->files().MakeDirectories(options.commit_log_directory));
  REWIND_TRY(quarantine.Load());
  REWIND_TRY(deleted_topics.Load());
  REWIND_TRY(LoadLog());
  OnLogMoved(log.min_offset());
  REWIND_TRY(LoadQueues(&how));
  REWIND_TRY(extensions.Load());
  REWIND_TRY_ASSIGN(RecoveryResult found, store::Recover(&log, &queues, how));
  last_store_timestamp_ms = found.last_store_timestamp_ms;
  // A deletion that lies behind a torn tail must not take the messages that are stored there next.
  REWIND_TRY(deleted_topics.CutAt(found.log_end));
  if (!how.was_closed) REWIND_TRY(extensions.CutTo(queues));
  recovery.was_closed = how.was_closed;
  recovery.duration_ms = options.clock->SteadyMs() - started_ms;
  recovery.scanned_bytes = found.log_end - found.scanned_from;
  recovery.records = found.records;
  constexpr double kGib = 1 << 30;
  double gib = static_cast<double>(recovery.scanned_bytes) / kGib;
  spdlog::info(
      "store {}: {} stop before, log {} to {}, {} records read from {} on, {} ms ({:.3f} GiB{})",
      options.root_directory, how.was_closed ? "clean" : "no clean", log.min_offset(),
      found.log_end, found.records, found.scanned_from, recovery.duration_ms, gib,
      gib < 0.01
          ? ""
          : fmt::format(", {:.0f} ms a GiB", static_cast<double>(recovery.duration_ms) / gib));
  // What else recovery kept may be only in the page cache of a killed process; the first flush is
  // told to sync it.
  int64_t durable_end = checkpoint.durable_end.value_or(found.scanned_from);
  return LogPoint{std::min(durable_end, found.log_end), checkpoint.log_timestamp_ms};
}

Status MessageStore::Parts::StartIndexer(const Checkpoint& checkpoint) {
  if (!options.message_index_enable) return Status::Ok();
  IndexTable::Options files;
  files.disk = options.disk;
  files.directory = options.root_directory + "/index";
  files.shape = options.index_shape;
  files.clock = options.clock;
  indexer = std::make_unique<Indexer>(&log, &quarantine, std::move(files));
  IndexTrust trust;
  trust.was_closed = lock.was_closed();
  trust.index_timestamp_ms = checkpoint.index_timestamp_ms;
  trust.indexed_end = checkpoint.indexed_end;
  trust.index_last_offset = checkpoint.index_last_offset;
  trust.log_min = log.min_offset();
  trust.log_end = log.end_offset();
  return indexer->Start(std::move(trust));
}

void MessageStore::Parts::StartThreads(const std::string& checkpoint_path,
                                       const Checkpoint& checkpoint, LogPoint durable) {
  auto fail = [this](const Status& status) { Fail(status); };
  log.OnSyncFailure(fail);
  Flusher::Options flush;
  flush.interval_ms = options.flush_interval_ms;
  flush.timeout_ms = options.sync_flush_timeout_ms;
  flush.log_point = [this] { return Point(); };
  flush.on_failure = fail;
  flusher = std::make_unique<Flusher>(&log, std::move(flush));
  QueueFlusher::Options queue_flush;
  queue_flush.checkpoint_path = checkpoint_path;
  queue_flush.checkpoint = checkpoint;
  queue_flush.log_interval_ms = options.flush_interval_ms;
  queue_flush.queue_interval_ms = options.queue_flush_interval_ms;
  queue_flush.log_point = [this] { return Point(); };
  queue_flush.durable_point = [this] { return flusher->durable(); };
  queue_flush.sync_index = [this]() -> Result<std::optional<IndexPoint>> {
    REWIND_TRY(extensions.Flush());
    if (indexer == nullptr) return std::optional<IndexPoint>();
    return indexer->Sync();
  };
  queue_flush.on_failure = fail;
  queue_flusher =
      std::make_unique<QueueFlusher>(&options.disk->files(), &queues, std::move(queue_flush));
  preparer = std::make_unique<SegmentPreparer>(&log, options.prepare_ahead_bytes);
  Retention::Options keep;
  keep.limits = options.retention;
  keep.clock = options.clock;
  keep.disk = options.disk;
  keep.directory = options.commit_log_directory;
  keep.on_log_moved = [this](int64_t log_min) { OnLogMoved(log_min); };
  retention = std::make_unique<Retention>(&log, &queues, std::move(keep));
  flusher->Start(durable);
  queue_flusher->Start();
  preparer->Start(log.end_offset());
  retention->Start();
}

void MessageStore::Parts::OnLogMoved(int64_t log_min) {
  quarantine.Forget(log_min);
  if (indexer != nullptr) {
    Status removed = indexer->table().RemoveBefore(log_min);
    if (!removed.ok()) spdlog::warn("old index files are left: {}", removed.message());
  }
  std::lock_guard guard(put_mutex);
  Status trimmed = extensions.TrimTo(queues);
  if (!trimmed.ok()) spdlog::warn("old consume queue extensions are left: {}", trimmed.message());
  deleted_topics.Forget(log_min);
}

Status MessageStore::Parts::LoadQueues(RecoveryOptions* how) {
  REWIND_TRY_ASSIGN(how->queues_whole, queues.Load());
  const std::optional<int64_t>& digest = how->checkpoint.queues_digest;
  if (how->was_closed && digest.has_value() && *digest != queues.Digest()) {
    spdlog::error("the consume queues do not end where they ended when the store was closed");
    how->queues_whole = false;
  }
  return queues.RemoveDeleted(deleted_topics);
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

}  // namespace rewindmq::store
