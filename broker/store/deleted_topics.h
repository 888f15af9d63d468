#pragma once
// Topics whose queues were deleted, each with the log's end at that moment. The log keeps their
// records, and without this list a later recovery would bring the messages back, as it does in
// RocketMQ. A metadata file: {"deletedTopics":{"T":1234}}.
// Thread safety: one thread at a time.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/file_system.h"
#include "common/base/status.h"

namespace rewindmq::store {

class DeletedTopics {
 public:
  DeletedTopics(FileSystem* files, std::string path) : files_(files), path_(std::move(path)) {}

  // kCorruption when neither the file nor its previous copy can be read.
  Status Load();
  // Records of the topic before this offset are gone. Durable when it returns Ok.
  Status Add(std::string_view topic, int64_t log_end);
  // Power loss may end the log in front of a deletion: records from here on will be new ones.
  // Durable when it returns Ok.
  Status CutAt(int64_t log_end);
  bool Contains(std::string_view topic, int64_t physical_offset) const;
  // Drops topics whose records have all left the log.
  void Forget(int64_t log_min);

 private:
  using Ends = std::map<std::string, int64_t, std::less<>>;

  Status Save() const;
  static Result<Ends> Decode(const std::string& text);

  FileSystem* const files_;
  const std::string path_;
  Ends ends_;
};

}  // namespace rewindmq::store
