#pragma once
// Finds the log's end after a start and makes log and consume queues agree (RocketMQ's
// DefaultMessageStore.recover). After a clean stop only what lies behind the newest queue unit is
// read; after a crash everything from the last segment on that the checkpoint does not vouch for.
//
// A torn tail is cut. Damage with records behind it, or before a point that had been synced, is put
// into quarantine and the log goes on behind it; or, if the policy says so, nothing is changed and
// the answer is kCorruption.

#include <cstdint>
#include <functional>

#include "broker/store/checkpoint.h"
#include "broker/store/commit_log.h"
#include "broker/store/deleted_topics.h"
#include "broker/store/quarantine.h"
#include "broker/store/queue_table.h"
#include "broker/store/store_options.h"
#include "common/base/status.h"

namespace rewindmq::store {

struct RecoveryOptions {
  bool was_closed = false;    // no abort file was found
  bool queues_whole = false;  // no consume queue is damaged
  Checkpoint checkpoint;
  DamagePolicy damage_policy = DamagePolicy::kQuarantine;
  Quarantine* quarantine = nullptr;
  const DeletedTopics* deleted_topics = nullptr;
  std::function<int64_t(const Record&)> tags_code_of;
};

struct RecoveryResult {
  int64_t last_store_timestamp_ms = 0;
  int64_t scanned_from = 0;
  int64_t log_end = 0;
  int64_t records = 0;  // that were read
};

// The log and the queues must be loaded.
Result<RecoveryResult> Recover(CommitLog* log, QueueTable* queues, const RecoveryOptions& options);

}  // namespace rewindmq::store
