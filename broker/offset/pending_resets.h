#pragma once
// The resets that were answered and that some client may not know of yet, as
// config/resetOffset.json holds them. Java keeps them in memory only
// (ConsumerOffsetManager.resetOffsetTable); the form of the file is RocketMQ's offsetTable and two
// tables of our own:
//   {"offsetTable":{"topic@group":{0:3}},
//    "followedTable":{"topic@group":{1:ms}},
//    "memberTable":{"topic@group":{"clientId":{"until":ms,"offsets":{0:3}}}}}
//
// A group that shares its queues has one target a queue. Its first pull from there makes it
// followed: from now on the group's committed offset counts again. But another member may still
// believe that the queue is its own, at the old offset, and so the reset is remembered until
// `ms` (wall) for those that do not know of it.
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
void AppendOffsets(std::string_view member, const OffsetsByKey& offsets, std::string* text);
Result<OffsetsByKey> ReadOffsets(std::string_view member, std::string_view text);

// A queue's reset, for a client that may not know of it.
struct ResetPlace {
  int64_t offset = 0;     // where to go; of a followed reset the group's committed offset
  bool followed = false;  // somebody has pulled from the new offset
  uint64_t order = 0;     // a later reset of the same queue has another one
};
using ResetPlaces = std::map<int32_t, ResetPlace>;  // by queue id

class PendingResets {
 public:
  static Result<PendingResets> Decode(std::string_view text);
  std::string Encode() const;

  bool empty() const { return groups_.empty() && members_.empty(); }
  // What no group has followed yet.
  OffsetsByKey Targets() const;

  void Assign(const std::string& key, const QueueOffsets& targets, uint64_t order);
  void AssignMember(const std::string& key, const std::string& client_id,
                    const QueueOffsets& targets, int64_t until_ms, uint64_t order);

  // An empty client id: of the group. The offset of a followed one is left at 0.
  std::optional<ResetPlace> Find(std::string_view key, std::string_view client_id,
                                 int32_t queue_id) const;
  ResetPlaces FindAll(std::string_view key, std::string_view client_id) const;
  // A pull from the new offset. Of a group, it is remembered until `until_ms`; of a member, it is
  // over. False when there was nothing to follow.
  bool Follow(std::string_view key, std::string_view client_id, int32_t queue_id, int64_t until_ms);
  // Forgets the queues for which `drop` is true, and what is not to be remembered longer. How many.
  using Drop =
      std::function<bool(const std::string& topic, const std::string& group, int32_t queue_id)>;
  size_t ForgetIf(const Drop& drop, int64_t now_ms);

 private:
  struct Shared {
    int64_t target = 0;
    int64_t until_ms = 0;  // 0: nobody has followed yet
    uint64_t order = 0;
  };
  struct Member {
    int64_t until_ms = 0;
    uint64_t order = 0;
    QueueOffsets targets;
  };
  static ResetPlace PlaceOf(const Shared& shared) {
    return {shared.target, shared.until_ms != 0, shared.order};
  }
  using Queues = std::map<int32_t, Shared>;
  using Members = std::map<std::string, Member, std::less<>>;  // by client id

  std::map<std::string, Queues, std::less<>> groups_;
  std::map<std::string, Members, std::less<>> members_;
};

}  // namespace rewindmq::broker
