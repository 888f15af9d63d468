#pragma once
// The extensions of all consume queues, by topic and queue id. A queue has one only when a RocketMQ
// broker with enableConsumeQueueExt wrote it, or this one does.
// Thread safety: At and Flush from any thread at any time; everything else by one thread at a time
// (the store's put lock).

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "broker/store/consume_queue_ext.h"
#include "broker/store/queue_table.h"
#include "common/base/status.h"

namespace rewindmq::store {

class ConsumeQueueExtTable {
 public:
  struct Options {
    Disk* disk = nullptr;
    std::string directory;
    int64_t segment_bytes = kDefaultQueueExtSegmentBytes;
    bool appends = false;  // Java's enableConsumeQueueExt
  };
  explicit ConsumeQueueExtTable(Options options) : options_(std::move(options)) {}

  // Maps what is there. Files that cannot be used are left alone: everything is in the records too.
  Status Load();
  bool appends() const { return options_.appends; }

  std::optional<QueueExtUnit> At(std::string_view topic, int32_t queue_id, int64_t address) const;
  // What the queue keeps as tags code: the unit's address, or, when it cannot be written, its tags
  // code as it is.
  int64_t Append(std::string_view topic, int32_t queue_id, const QueueExtUnit& unit);
  // Everything that was appended before the call.
  Status Flush();

  // After recovery has cut the queues: forgets what none of their units names any more.
  Status CutTo(const QueueTable& queues);
  // After the queues' first offsets have moved: deletes files that lie before.
  Status TrimTo(const QueueTable& queues);
  Status Remove(std::string_view topic);

 private:
  using Name = std::pair<std::string, int32_t>;
  using Extensions = std::map<Name, std::shared_ptr<ConsumeQueueExt>>;

  std::string FolderOf(const Name& name) const;
  std::shared_ptr<ConsumeQueueExt> Find(const Name& name) const;
  std::shared_ptr<ConsumeQueueExt> FindOrCreate(const Name& name);
  Status LoadTopic(const std::string& topic);
  Extensions All() const;

  const Options options_;
  mutable std::shared_mutex mutex_;
  Extensions extensions_;  // guarded by mutex_
};

}  // namespace rewindmq::store
