#pragma once
// Topics whose queues were deleted, each with the log's end at that moment. The log keeps their
// records, and without this list a later recovery would bring the messages back, as it does in
// RocketMQ. One line a topic: name, space, physical offset.
// Thread safety: one thread at a time.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::store {

class DeletedTopics {
 public:
  explicit DeletedTopics(std::string path) : path_(std::move(path)) {}

  // kCorruption names the line that cannot be read.
  Status Load();
  // Records of the topic before this offset are gone. Durable when it returns Ok.
  Status Add(std::string_view topic, int64_t log_end);
  bool Contains(std::string_view topic, int64_t physical_offset) const;
  // Drops topics whose records have all left the log.
  void Forget(int64_t log_min);

 private:
  const std::string path_;
  std::map<std::string, int64_t, std::less<>> ends_;
};

}  // namespace rewindmq::store
