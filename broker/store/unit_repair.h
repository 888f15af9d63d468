#pragma once
// Finds a message whose consume queue unit is damaged: it lies in the log between the records of
// its neighbours. RocketMQ would serve another record, or none, until the queue is built again.
// Thread safety: pure function of a log and a queue that may be appended to meanwhile.

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/store/commit_log.h"
#include "broker/store/consume_queue.h"

namespace rewindmq::store {

// Empty when the record is not there, or when it would take too long to look.
std::optional<RecordView> FindRecordOfUnit(const CommitLog& log, const ConsumeQueue& queue,
                                           std::string_view topic, int32_t queue_id,
                                           int64_t offset);

}  // namespace rewindmq::store
