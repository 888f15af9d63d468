#pragma once
// Texts by namespace and key that tools keep at the nameserver (KVConfigManager), above all the
// queues of ordered topics. Kept in kvConfig.json: {"configTable":{"NAMESPACE":{"key":"value"}}}.
// A change is on disk before it is visible. Thread safety: none; it belongs to one thread.

#include <map>
#include <optional>
#include <string>

#include "common/base/status.h"
#include "common/protocol/lists.h"

namespace rewindmq::nameserver {

// The namespace of "topic" to "broker-a:4;broker-b:4".
inline constexpr char kOrderTopicNamespace[] = "ORDER_TOPIC_CONFIG";
inline constexpr size_t kMaxKvConfigBytes = 8U << 20;

class KvConfig {
 public:
  // Reads the file, or its .bak when the file is missing or broken. Neither there: empty.
  // kCorruption when what is there cannot be read.
  static Result<KvConfig> Load(const std::string& path);

  // kResourceExhausted past kMaxKvConfigBytes; otherwise the file's own errors.
  Status Put(const std::string& space, const std::string& key, const std::string& value);
  Status Delete(const std::string& space, const std::string& key);

  std::optional<std::string> Find(const std::string& space, const std::string& key) const;
  // Null when the namespace does not exist.
  const protocol::KvTable* Namespace(const std::string& space) const;

 private:
  using Tables = std::map<std::string, protocol::KvTable>;

  explicit KvConfig(std::string path) : path_(std::move(path)) {}
  static Result<Tables> Decode(const std::string& text);
  Status Commit(Tables tables);

  std::string path_;
  Tables tables_;
};

}  // namespace rewindmq::nameserver
