#pragma once
// Messages on disk in RocketMQ's own files: one commit log for all topics, a consume queue for each
// topic and queue, checkpoint, abort and lock (RocketMQ's DefaultMessageStore).
//
// What a success means: after Put the message is visible to Get and survives the end of the
// process; it survives power loss once WhenDurable has answered true for its end_offset, or within
// flush_interval_ms in any case.
//
// Thread safety: every method may be called from any thread at any time between Open and Close.
// Offsets: "offset" is a message's index in its queue, "physical offset" its byte in the log.
// Topic names and queue ids may come from outside; bad ones are refused, never used as a path.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "broker/store/consume_queue.h"
#include "broker/store/get_result.h"
#include "broker/store/index_query.h"
#include "broker/store/put_result.h"
#include "broker/store/quarantine.h"
#include "broker/store/store_options.h"
#include "broker/store/store_stats.h"
#include "common/base/status.h"

namespace rewindmq::store {

class MessageStore {
 public:
  using ArrivalListener = std::function<void(std::string_view topic, int32_t queue_id,
                                             int64_t max_offset, int64_t tags_code)>;

  // Locks the root folder, recovers what is there, and marks the store as in use. kConflict when
  // another process has it, kCorruption when records in the middle of the log are damaged (nothing
  // is changed then), kInvalidArgument for options that do not fit the files.
  static Result<std::unique_ptr<MessageStore>> Open(StoreOptions options);
  // Closes when Close was not called.
  ~MessageStore();

  PutResult Put(const MessageToPut& message);
  // All of one topic and queue, stored next to each other with dense offsets, or not at all.
  PutResult PutBatch(const std::vector<MessageToPut>& messages);

  // At most max_messages and max_bytes; the first match is given even when it is larger.
  GetResult Get(std::string_view topic, int32_t queue_id, int64_t offset, int32_t max_messages,
                int64_t max_bytes, const TagsFilter& filter,
                const PropertiesFilter& properties_filter = {}) const;

  int64_t MaxOffset(std::string_view topic, int32_t queue_id) const;  // 0 when unknown
  int64_t MinOffset(std::string_view topic, int32_t queue_id) const;  // 0 when unknown
  bool HasQueue(std::string_view topic, int32_t queue_id) const;
  // By store time; see Boundary. 0 for an unknown queue.
  int64_t OffsetByTime(std::string_view topic, int32_t queue_id, int64_t timestamp_ms,
                       Boundary boundary) const;
  std::optional<int64_t> StoreTimestampAt(std::string_view topic, int32_t queue_id,
                                          int64_t offset) const;
  // Of the queue's first message; -1 when there is none.
  int64_t EarliestStoreTimestamp(std::string_view topic, int32_t queue_id) const;

  // At most `count` units of a queue from an offset on, for tools.
  std::vector<ConsumeQueueUnit> QueueUnits(std::string_view topic, int32_t queue_id, int64_t offset,
                                           int32_t count) const;
  // Topics that have queues, whether anybody knows them or not.
  std::vector<std::string> QueueTopics() const;

  // Messages by their unique id, a word of their KEYS, or their tags. The newest ones of the last
  // moments may be missing. Nothing when there is no index.
  KeyQueryResult QueryByKey(const KeyQuery& query) const;

  // Empty unless a whole record starts exactly there.
  std::optional<RecordView> RecordAt(int64_t physical_offset) const;
  int64_t MinPhysicalOffset() const;
  int64_t MaxPhysicalOffset() const;

  // Parts of the log that hold no usable records: found by recovery, or by a reader since then.
  std::vector<DamagedRange> Damages() const;

  StoreStats Stats() const;

  // Forgets the topic's consume queues and deletes their files; the log keeps the records. A later
  // message of the topic starts at offset 0 again.
  void DeleteQueues(std::string_view topic);

  // Other limits from now on: the age and the space at which segments go, and a body's size.
  void ChangeLimits(const RetentionLimits& retention, int32_t max_message_bytes);
  // Looks soon for what has expired, and for queues whose messages have left the log; with
  // `at_any_hour` expired segments go whatever deleteWhen says (executeDeleteFilesManually).
  void CleanSoon(bool at_any_hour);

  // Called after each stored message, outside of the store's locks, by the thread that put it. Set
  // it before the first Put.
  void SetArrivalListener(ArrivalListener listener);

  // Calls `done` once, from a thread of the store or from this one, and never blocks: true when the
  // log is durable up to end_offset, false when that took longer than sync_flush_timeout_ms. After
  // a failed sync it is never called.
  void WhenDurable(int64_t end_offset, std::function<void(bool durable_in_time)> done);

  // Flushes everything, answers all waiters, and marks the store as cleanly closed. Puts are
  // refused from here on; reads keep working until the object is destroyed.
  Status Close();

 private:
  struct Parts;
  explicit MessageStore(std::unique_ptr<Parts> parts);

  std::unique_ptr<Parts> parts_;
};

}  // namespace rewindmq::store
