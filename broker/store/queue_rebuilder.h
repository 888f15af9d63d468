#pragma once
// Brings consume queues in line with records that were read from the log again (what RocketMQ's
// reput does). Repeating a record changes nothing. Thread safety: none needed; used while a store
// opens.

#include <cstdint>
#include <functional>

#include "broker/store/deleted_topics.h"
#include "broker/store/queue_table.h"
#include "broker/store/record.h"
#include "common/base/status.h"

namespace rewindmq::store {

class QueueRebuilder {
 public:
  // Whether the records come from the very start of the log, or only its last part.
  enum class Part : uint8_t { kWholeLog, kTail };
  QueueRebuilder(QueueTable* queues, const DeletedTopics* deleted, Part part,
                 std::function<int64_t(const Record&)> tags_code_of);

  // False when the rest of the log need not be looked at: see status() and gap().
  bool Add(const Record& record);

  const Status& status() const { return status_; }
  // A queue lacks messages that lie before the given part of the log.
  bool gap() const { return gap_; }
  int64_t appended() const { return appended_; }

 private:
  Status FillGap(ConsumeQueue* queue, int64_t offset);
  Status Place(ConsumeQueue* queue, const Record& record);

  QueueTable* const queues_;
  const DeletedTopics* const deleted_;
  const Part part_;
  const std::function<int64_t(const Record&)> tags_code_of_;
  Status status_;
  bool gap_ = false;
  int64_t appended_ = 0;
};

}  // namespace rewindmq::store
