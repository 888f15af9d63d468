#pragma once
// The resets that were answered and that nobody has followed yet, as config/resetOffset.json holds
// them. Java keeps them in memory only (ConsumerOffsetManager.resetOffsetTable); the form of the
// file is RocketMQ's offsetTable and, for broadcasting groups, our own memberTable:
//   {"offsetTable":{"topic@group":{0:3}},
//    "memberTable":{"topic@group":{"clientId":{"until":ms,"offsets":{0:3}}}}}
//
// A group that shares its queues has one target a queue, which the first pull from there fulfils.
// The members of a broadcasting group keep their own offsets: each has targets of its own, until it
// has pulled from them or `until` (wall ms) is over.
// Thread safety: none; OffsetTable guards it.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/base/status.h"

namespace rewindmq::broker {

using QueueOffsets = std::map<int32_t, int64_t>;                        // queue id -> offset
using OffsetsByKey = std::map<std::string, QueueOffsets, std::less<>>;  // by "topic@group"

std::string OffsetKey(std::string_view group, std::string_view topic);
// Neither name can hold an '@', so the first one is the separator.
std::pair<std::string, std::string> TopicAndGroup(const std::string& key);

// One "topic@group" a line, integer keys unquoted: RocketMQ's own form.
void AppendOffsets(const OffsetsByKey& offsets, std::string* text);
Result<OffsetsByKey> ReadOffsets(std::string_view member, std::string_view text);

class PendingResets {
 public:
  static Result<PendingResets> Decode(std::string_view text);
  std::string Encode() const;

  bool empty() const { return groups_.empty() && members_.empty(); }
  const OffsetsByKey& groups() const { return groups_; }

  void Assign(const std::string& key, const QueueOffsets& targets);
  void AssignMember(const std::string& key, const std::string& client_id,
                    const QueueOffsets& targets, int64_t until_ms);

  // An empty client id: of the group.
  std::optional<int64_t> Find(std::string_view key, std::string_view client_id,
                              int32_t queue_id) const;
  QueueOffsets FindAll(std::string_view key, std::string_view client_id) const;
  // True when there was something to forget.
  bool Forget(std::string_view key, std::string_view client_id, int32_t queue_id);
  // Forgets the queues for which `drop` is true, and members whose time is over. How many.
  using Drop =
      std::function<bool(const std::string& topic, const std::string& group, int32_t queue_id)>;
  size_t ForgetIf(const Drop& drop, int64_t now_ms);

 private:
  struct Member {
    int64_t until_ms = 0;
    QueueOffsets targets;
  };
  using Members = std::map<std::string, Member, std::less<>>;  // by client id

  OffsetsByKey groups_;
  std::map<std::string, Members, std::less<>> members_;
};

}  // namespace rewindmq::broker
