#pragma once
// Reads the records that a consume queue names, and believes none before it was checked: a consumer
// gets the bytes that were sent, or nothing. What fails is reported to the quarantine.
// Thread safety: one object a thread; the log and the quarantine may be shared.

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/store/commit_log.h"
#include "broker/store/consume_queue.h"
#include "broker/store/quarantine.h"

namespace rewindmq::store {

class RecordReader {
 public:
  // All of it must live as long as the reader.
  RecordReader(const CommitLog& log, const ConsumeQueue& queue, Quarantine* quarantine,
               std::string_view topic, int32_t queue_id)
      : log_(log), queue_(queue), quarantine_(quarantine), topic_(topic), queue_id_(queue_id) {}

  // The message at `offset` of the queue, whose unit this is. Empty when it has left the log, when
  // the unit is a blank one, and when the record is damaged. A damaged unit is reported and its
  // record looked for in the log.
  std::optional<RecordView> Read(const ConsumeQueueUnit& unit, int64_t offset) const;

 private:
  void Report(const ConsumeQueueUnit& unit, int64_t offset, const std::string& why) const;
  std::optional<RecordView> FindInLog(const ConsumeQueueUnit& unit, int64_t offset) const;

  const CommitLog& log_;
  const ConsumeQueue& queue_;
  Quarantine* const quarantine_;
  const std::string_view topic_;
  const int32_t queue_id_;
};

}  // namespace rewindmq::store
