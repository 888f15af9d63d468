#include "broker/replay/replay_plan.h"

#include <algorithm>
#include <array>

#include "common/protocol/codes.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

using protocol::ReplayOrder;
using protocol::TopicConfig;

namespace {

constexpr size_t kMaxIdBytes = 64;
constexpr std::string_view kSystemGroupPrefix = "CID_RMQ_SYS_";

Status Bad(std::string why) { return {ErrorCode::kInvalidArgument, std::move(why)}; }

bool IsIdChar(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_';
}

Status CheckTimes(const ReplayOrder& order, int64_t now_ms) {
  auto text = [](int64_t ms) { return std::to_string(ms); };
  if (order.from_ms < 0 || order.until_ms < 0) {
    return Bad("fromMs " + text(order.from_ms) + " and untilMs " + text(order.until_ms) +
               " must be milliseconds since 1970, not negative");
  }
  if (order.until_ms <= order.from_ms) {
    return Bad("untilMs " + text(order.until_ms) + " must be later than fromMs " +
               text(order.from_ms));
  }
  if (order.from_ms > now_ms) {
    return Bad("fromMs " + text(order.from_ms) + " is in the future; it is " + text(now_ms) +
               " at this broker");
  }
  if (order.until_ms > now_ms) {
    return Bad("untilMs " + text(order.until_ms) +
               " is in the future: only what is stored can be replayed; it is " + text(now_ms) +
               " at this broker");
  }
  return Status::Ok();
}

Status CheckNames(const ReplayOrder& order) {
  if (Status valid = protocol::ValidateTopicName(order.topic); !valid.ok()) {
    return Bad(valid.message());
  }
  if (Status valid = protocol::ValidateGroupName(order.group); !valid.ok()) {
    return Bad(valid.message());
  }
  if (protocol::IsSystemTopic(order.topic)) {
    return Bad("topic " + order.topic + " is the broker's own and cannot be replayed");
  }
  bool follows = order.topic.starts_with(protocol::kRetryPrefix) ||
                 order.topic.starts_with(protocol::kDlqPrefix);
  if (follows) {
    return Bad("topic " + order.topic +
               " holds messages that were delivered before; name the topic they were sent to");
  }
  if (order.group.starts_with(kSystemGroupPrefix)) {
    return Bad("group " + order.group + " is the broker's own and reads no retry topic");
  }
  return Status::Ok();
}

Status CheckNumbers(const ReplayOrder& order) {
  if (order.messages_per_second < 0) {
    return Bad("messagesPerSecond " + std::to_string(order.messages_per_second) +
               " is negative; use 0 for no limit");
  }
  if (!order.tag.empty() && !order.sql.empty()) {
    return Bad("tag and sql are both given; a replay has one filter at most");
  }
  return Status::Ok();
}

Result<std::vector<int32_t>> QueuesOf(const ReplayOrder& order, const TopicConfig& topic) {
  int32_t count = std::max(topic.read_queue_nums, topic.write_queue_nums);
  std::vector<int32_t> ids = order.queue_ids;
  std::sort(ids.begin(), ids.end());
  if (auto twice = std::adjacent_find(ids.begin(), ids.end()); twice != ids.end()) {
    return Bad("queueIds names queue " + std::to_string(*twice) + " twice");
  }
  for (int32_t id : ids) {
    if (id < 0 || id >= count) {
      return Bad("queueIds names queue " + std::to_string(id) + ", but topic " + order.topic +
                 " has " + std::to_string(count) + " queues at this broker");
    }
  }
  for (int32_t id = 0; order.queue_ids.empty() && id < count; ++id) ids.push_back(id);
  return ids;
}

Status CheckGroup(const ReplayOrder& order, const protocol::SubscriptionGroupConfig& group,
                  const ReplayParts& parts) {
  if (!group.consume_enable) {
    return Bad("group " + order.group + " may not consume (consumeEnable is false)");
  }
  if (group.retry_queue_nums <= 0) {
    return Bad("group " + order.group +
               " has no retry queues (retryQueueNums is 0), so nothing can come again");
  }
  if (!parts.groups->IsReadable(order.group, order.topic)) {
    return Bad("group " + order.group + " is forbidden to read topic " + order.topic);
  }
  auto online = parts.consumers->Find(order.group);
  if (!online) return Status::Ok();
  if (online->message_model == protocol::MessageModel::kBroadcasting) {
    return Bad("group " + order.group +
               " consumes by broadcasting: its members read no retry topic, so a replay would "
               "reach nobody");
  }
  if (online->consume_type != protocol::ConsumeType::kPassively) {
    return Bad("group " + order.group + " pulls by itself (" +
               std::string(protocol::ConsumeTypeName(online->consume_type)) +
               "): only push consumers read their retry topic, so a replay would reach nobody");
  }
  return Status::Ok();
}

// Over how many retry queues the copies are spread.
Result<int32_t> PrepareRetryTopic(const ReplayOrder& order, int32_t retry_queue_nums,
                                  const ReplayParts& parts) {
  REWIND_TRY(parts.topics->EnsureRetryTopic(order.group, retry_queue_nums));
  std::string name = protocol::RetryTopic(order.group);
  auto retry = parts.topics->Find(name);
  if (!retry) return Bad("topic " + name + " is being deleted");
  constexpr int32_t kReadWrite = protocol::kPermRead | protocol::kPermWrite;
  if ((retry->perm & kReadWrite) != kReadWrite) {
    return Bad("topic " + name + " must be readable and writable, its perm is " +
               std::to_string(retry->perm));
  }
  int32_t count = std::min({retry_queue_nums, retry->read_queue_nums, retry->write_queue_nums});
  if (count <= 0) return Bad("topic " + name + " has no queues that are read and written");
  return count;
}

}  // namespace

Status CheckReplayId(std::string_view id) {
  bool fits =
      !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), IsIdChar);
  if (fits) return Status::Ok();
  return Bad("'" + std::string(id.substr(0, 2 * kMaxIdBytes)) +
             "' is no replay's id; use 1 to 64 letters, digits, '-' and '_'");
}

Result<ReplayRecord> PlanReplay(const ReplayOrder& order, const ReplayParts& parts) {
  REWIND_TRY(CheckNames(order));
  REWIND_TRY(CheckTimes(order, parts.clock->WallMs()));
  REWIND_TRY(CheckNumbers(order));
  auto topic = parts.topics->Find(order.topic);
  if (!topic) {
    return Status::Rejected(protocol::kTopicNotExist, "Topic " + order.topic + " does not exist");
  }
  auto group = parts.groups->Find(order.group);
  if (!group) {
    return Status::Rejected(protocol::kSubscriptionGroupNotExist,
                            "Group " + order.group + " does not exist");
  }
  if ((topic->perm & protocol::kPermRead) == 0) {
    return Bad("topic " + order.topic + " may not be read, its perm is " +
               std::to_string(topic->perm));
  }
  REWIND_TRY_ASSIGN(std::vector<int32_t> queue_ids, QueuesOf(order, *topic));
  REWIND_TRY(CheckGroup(order, *group, parts));
  ReplayRecord record;
  record.asked = order;
  record.filter = ChooseReplayFilter(order, *parts.consumers, *parts.filters);
  if (auto filter = ReplayFilter::Make(record.filter, order.topic); !filter.ok()) {
    return filter.status().WithContext("the replay's filter, " + record.filter.words);
  }
  REWIND_TRY_ASSIGN(int32_t retry_count, PrepareRetryTopic(order, group->retry_queue_nums, parts));
  std::string retry = protocol::RetryTopic(order.group);
  for (int32_t id = 0; id < retry_count; ++id) {
    ReplayRetryQueue queue;
    queue.scan_from = parts.store->MaxOffset(retry, id);
    record.progress.retry_queues.push_back(queue);
    if (parts.offsets->Find(order.group, retry, id)) continue;
    parts.offsets->Commit(order.group, retry, id, parts.store->MinOffset(retry, id));
  }
  for (int32_t id : queue_ids) {
    protocol::ReplayQueue queue;
    queue.queue_id = id;
    queue.begin_offset =
        parts.store->OffsetByTime(order.topic, id, order.from_ms, store::Boundary::kLower);
    queue.end_offset =
        parts.store->OffsetByTime(order.topic, id, order.until_ms, store::Boundary::kLower);
    queue.end_offset = std::max(queue.end_offset, queue.begin_offset);
    queue.next_offset = queue.begin_offset;
    record.progress.queues.push_back(queue);
  }
  record.status.order = order;
  record.status.filter = record.filter.words;
  record.status.state =
      order.paused ? protocol::ReplayState::kPaused : protocol::ReplayState::kRunning;
  record.status.start_time_ms = parts.clock->WallMs();
  return record;
}

Status CheckReplayCanGoOn(const ReplayOrder& order, const ReplayParts& parts) {
  auto gone = [](const std::string& what) {
    return Status(ErrorCode::kNotFound, what + " was deleted");
  };
  if (!parts.topics->Find(order.topic)) return gone("topic " + order.topic);
  if (!parts.groups->Find(order.group)) return gone("group " + order.group);
  std::string retry = protocol::RetryTopic(order.group);
  return parts.topics->Find(retry) ? Status::Ok() : gone("topic " + retry);
}

}  // namespace rewindmq::broker
