#pragma once
// Settings of a MessageStore. Thread safety: a plain value.

#include <cstdint>
#include <functional>
#include <string>

#include "broker/store/consume_queue_ext.h"
#include "broker/store/index_file.h"
#include "broker/store/record.h"
#include "broker/store/retention_policy.h"
#include "common/base/clock.h"
#include "common/base/live.h"
#include "common/base/status.h"

namespace rewindmq::store {

enum class FlushMode : uint8_t { kAsync, kSync };
// What to do about damage inside the log: go on without the damaged part, which is kept and
// reported, or do not open and change nothing.
enum class DamagePolicy : uint8_t { kQuarantine, kRefuse };

inline constexpr int64_t kDefaultCommitLogSegmentBytes = int64_t{1} << 30;
inline constexpr int64_t kDefaultConsumeQueueSegmentBytes = 6'000'000;
inline constexpr int32_t kDefaultMaxMessageBytes = 4 << 20;

struct StoreOptions {
  std::string root_directory;        // Java's storePathRootDir; made when missing
  std::string commit_log_directory;  // empty: commitlog in the root folder
  int64_t commit_log_segment_bytes = kDefaultCommitLogSegmentBytes;
  int64_t consume_queue_segment_bytes = kDefaultConsumeQueueSegmentBytes;  // a multiple of 20
  int32_t max_message_bytes = kDefaultMaxMessageBytes;                     // of a body
  // The policy of the broker's send path: with kSync it answers from WhenDurable. The store itself
  // syncs at once whenever somebody waits, in either mode.
  Live<FlushMode> flush_mode = FlushMode::kAsync;
  int32_t flush_interval_ms = 500;
  int32_t sync_flush_timeout_ms = 5000;
  int32_t queue_flush_interval_ms = 10'000;   // consume queues and checkpoint
  RecordCrc record_crc = RecordCrc::kAppend;  // Java's enabledAppendPropCRC
  DamagePolicy damage_policy = DamagePolicy::kQuarantine;
  // How far in front of the log's end blocks are taken and page faults are made; 0 for not at all.
  int64_t prepare_ahead_bytes = 16 << 20;
  RetentionLimits retention;
  // Without an index messages are not found by their keys. Java's messageIndexEnable.
  bool message_index_enable = true;
  IndexShape index_shape;
  // Java's enableConsumeQueueExt: new messages get units in consumequeue_ext, too.
  bool enable_consume_queue_ext = false;
  int64_t consume_queue_ext_segment_bytes = kDefaultQueueExtSegmentBytes;
  // The filter bits kept in such a unit. Empty: none are.
  std::function<std::string(std::string_view topic, std::string_view properties)> filter_bitmap_of;
  const Clock* clock = &SystemClock();
  Disk* disk = nullptr;  // null: the machine's own
  // A failed sync: the kernel may have dropped the pages, so nothing may be acknowledged any more.
  // Called once, from a thread of the store. Empty: log it and end the process with code 1.
  std::function<void(const Status&)> on_fatal;
  // The tags code of a record whose consume queue unit is rebuilt. Empty: the hash of its TAGS
  // property. A broker with delay levels gives the delivery time for its schedule topic.
  std::function<int64_t(const Record&)> tags_code_of;
};

}  // namespace rewindmq::store
