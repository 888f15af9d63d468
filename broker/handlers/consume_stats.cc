// How far groups have consumed: one group (208), all groups of the broker (317), and by time (303).

#include <algorithm>

#include "broker/handlers/admin_handlers.h"
#include "broker/handlers/handler_util.h"
#include "common/base/parse.h"
#include "common/protocol/admin_bodies.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::ConsumeStats;
using protocol::FieldReader;
using remoting::Responder;

namespace {

// What an online group has stopped subscribing is no lag of its.
bool HasStopped(const Parts& parts, std::string_view group, std::string_view topic) {
  auto subscription = parts.consumers.FindSubscription(group, topic);
  return subscription.group_online && subscription.data == nullptr;
}

protocol::OffsetWrapper OffsetsOf(const Parts& parts, const std::string& group,
                                  const std::string& topic, int32_t queue_id) {
  protocol::OffsetWrapper offset;
  offset.broker_offset = parts.store->MaxOffset(topic, queue_id);
  offset.consumer_offset = parts.offsets->Find(group, topic, queue_id).value_or(0);
  if (offset.consumer_offset > 0) {
    offset.last_timestamp_ms =
        parts.store->StoreTimestampAt(topic, queue_id, offset.consumer_offset - 1).value_or(0);
  }
  return offset;
}

void HandleConsumeStats(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string group(fields.Text("consumerGroup"));
  std::string topic(fields.TextOr("topic", ""));
  std::vector<std::string> topics = SplitTrimmed(fields.TextOr("topicList", ""), ';');
  if (FailedHeader(fields, responder)) return;
  // A list of topics is taken as it is; otherwise the group's subscriptions count.
  bool as_given = !topics.empty();
  if (!as_given && !topic.empty()) topics = {topic};
  if (topics.empty()) topics = parts->offsets->TopicsOf(group);
  ConsumeStats stats;
  for (const std::string& one : topics) {
    auto config = parts->topics->Find(one);
    if (!config || (!as_given && HasStopped(*parts, group, one))) continue;
    for (int32_t queue_id = 0; queue_id < config->read_queue_nums; ++queue_id) {
      protocol::OffsetWrapper offset = OffsetsOf(*parts, group, one, queue_id);
      offset.pull_offset =
          std::max(offset.consumer_offset, parts->pull_offsets.Find(group, one, queue_id));
      stats.offset_table[{one, parts->options.broker_name, queue_id}] = offset;
    }
    stats.consume_tps += parts->stats->GetPerSecond(group, one);
  }
  SendBody(responder, protocol::EncodeConsumeStats(stats));
}

// Java's own sums: what a queue was pulled to is not among what 317 tells, and counts as zero.
void AddTo(const ConsumeStats& stats, protocol::ConsumeStatsList* list) {
  for (const auto& [queue, offset] : stats.offset_table) {
    list->total_diff += offset.broker_offset - offset.consumer_offset;
    list->total_inflight_diff += offset.pull_offset - offset.consumer_offset;
  }
}

void HandleAllConsumeStats(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  bool only_ordered = fields.BoolOr("isOrder", false);
  if (FailedHeader(fields, responder)) return;
  protocol::ConsumeStatsList list;
  list.broker_addr = parts->options.Address();
  for (const auto& [group, config] : parts->groups->Snapshot().groups) {
    std::vector<ConsumeStats>& of_group = list.groups[group];
    for (const std::string& topic : parts->offsets->TopicsOf(group)) {
      auto topic_config = parts->topics->Find(topic);
      if (!topic_config || (only_ordered && !topic_config->order)) continue;
      if (HasStopped(*parts, group, topic)) continue;
      ConsumeStats stats;
      for (int32_t queue_id = 0; queue_id < topic_config->write_queue_nums; ++queue_id) {
        stats.offset_table[{topic, parts->options.broker_name, queue_id}] =
            OffsetsOf(*parts, group, topic, queue_id);
      }
      stats.consume_tps = parts->stats->GetPerSecond(group, topic);
      AddTo(stats, &list);
      of_group.push_back(std::move(stats));
    }
  }
  SendBody(responder, protocol::EncodeConsumeStatsList(list));
}

protocol::QueueTimeSpan TimeSpanOf(const Parts& parts, const std::string& group,
                                   const std::string& topic, int32_t queue_id) {
  constexpr int64_t kNoMessage = -1;
  const store::MessageStore& store = *parts.store;
  protocol::QueueTimeSpan span;
  span.queue = {topic, parts.options.broker_name, queue_id};
  int64_t max_offset = store.MaxOffset(topic, queue_id);
  int64_t consumed = parts.offsets->Find(group, topic, queue_id).value_or(-1);
  span.min_ms = store.EarliestStoreTimestamp(topic, queue_id);
  span.max_ms = store.StoreTimestampAt(topic, queue_id, max_offset - 1).value_or(kNoMessage);
  span.consumed_ms = span.min_ms;
  if (consumed > 0) {
    span.consumed_ms = store.StoreTimestampAt(topic, queue_id, consumed - 1).value_or(kNoMessage);
  }
  if (consumed < max_offset) {
    int64_t next = std::max(consumed, store.MinOffset(topic, queue_id));
    auto next_ms = store.StoreTimestampAt(topic, queue_id, next);
    if (next_ms) span.delay_ms = parts.clock->WallMs() - *next_ms;
  }
  return span;
}

void HandleTimeSpan(Parts* parts, const Command& request, const Responder& responder) {
  FieldReader fields(request.fields);
  std::string topic(fields.Text("topic"));
  std::string group(fields.Text("group"));
  if (FailedHeader(fields, responder)) return;
  auto config = parts->topics->Find(topic);
  if (!config) {
    responder.Fail(protocol::kTopicNotExist, "topic[" + topic + "] not exist");
    return;
  }
  std::vector<protocol::QueueTimeSpan> spans;
  for (int32_t queue_id = 0; queue_id < config->write_queue_nums; ++queue_id) {
    spans.push_back(TimeSpanOf(*parts, group, topic, queue_id));
  }
  SendBody(responder, protocol::EncodeConsumeTimeSpans(spans));
}

}  // namespace

void AddConsumeStatsHandlers(Parts* parts, remoting::Dispatcher* dispatcher) {
  AddHandler(parts, protocol::kGetConsumeStats, HandleConsumeStats, dispatcher);
  AddHandler(parts, protocol::kGetBrokerConsumeStats, HandleAllConsumeStats, dispatcher);
  AddHandler(parts, protocol::kQueryConsumeTimeSpan, HandleTimeSpan, dispatcher);
}

}  // namespace rewindmq::broker
