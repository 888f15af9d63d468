#pragma once
// The components of one broker, made by Broker and shared by its handlers. Each is safe to use from
// any thread; none knows another.

#include <memory>
#include <string>

#include "broker/config/runtime_settings.h"
#include "broker/filter/consumer_filter_table.h"
#include "broker/group/consumer_table.h"
#include "broker/group/group_config_table.h"
#include "broker/group/producer_table.h"
#include "broker/group/queue_locks.h"
#include "broker/offset/offset_table.h"
#include "broker/offset/pull_offsets.h"
#include "broker/options/options.h"
#include "broker/replay/replay_service.h"
#include "broker/schedule/delayed_delivery.h"
#include "broker/send/message_writer.h"
#include "broker/stats/broker_stats.h"
#include "broker/store/message_store.h"
#include "broker/timer/timer_delivery.h"
#include "broker/topic/topic_table.h"
#include "common/base/clock.h"

namespace rewindmq::broker {

struct Parts {
  BrokerOptions options;
  const Clock* clock = &SystemClock();
  std::unique_ptr<store::MessageStore> store;
  std::unique_ptr<MessageWriter> writer;
  std::unique_ptr<DelayedDelivery> delays;
  std::unique_ptr<TimerDelivery> timers;
  std::unique_ptr<TopicTable> topics;
  std::unique_ptr<GroupConfigTable> groups;
  std::unique_ptr<OffsetTable> offsets;
  std::unique_ptr<ConsumerFilterTable> filters;
  std::unique_ptr<RuntimeSettings> settings;
  std::unique_ptr<BrokerStats> stats;
  PullOffsets pull_offsets;
  ConsumerTable consumers;
  std::unique_ptr<ReplayService> replays;
  ProducerTable producers;
  QueueLocks queue_locks;
  int64_t started_ms = 0;  // wall
};

// What answers of Java's servers end with; its clients show the remark to their users.
inline std::string WithFaq(std::string remark) {
  return std::move(remark) +
         "\nSee https://rocketmq.apache.org/docs/bestPractice/06FAQ for further details.";
}

}  // namespace rewindmq::broker
