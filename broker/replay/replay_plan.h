#pragma once
// From an order to what will be done: whether it can be served at all, which queues and offsets it
// means, which filter is applied, and over how many retry queues its copies are spread.
// Thread safety: like that of the parts.

#include <string_view>

#include "broker/filter/consumer_filter_table.h"
#include "broker/group/consumer_table.h"
#include "broker/group/group_config_table.h"
#include "broker/offset/offset_table.h"
#include "broker/replay/replay_record.h"
#include "broker/send/message_writer.h"
#include "broker/store/message_store.h"
#include "broker/topic/topic_table.h"
#include "common/base/clock.h"

namespace rewindmq::broker {

// The parts of the broker that replays need; they outlive whoever has this.
struct ReplayParts {
  store::MessageStore* store = nullptr;
  MessageWriter* writer = nullptr;
  TopicTable* topics = nullptr;
  GroupConfigTable* groups = nullptr;
  OffsetTable* offsets = nullptr;
  ConsumerTable* consumers = nullptr;
  ConsumerFilterTable* filters = nullptr;
  const Clock* clock = nullptr;
  store::HostAddress store_host;
};

// Letters, digits, '-' and '_', 1 to 64.
Status CheckReplayId(std::string_view id);

// Every refusal says why. Rejected with the answer's code for an unknown topic (17) or group (26);
// the caller answers anything else with code 1. Makes the group's retry topic when it is missing,
// and gives the group an offset in the retry queues where it has none, so that it will read them
// from their beginning wherever it would have begun otherwise.
Result<ReplayRecord> PlanReplay(const protocol::ReplayOrder& order, const ReplayParts& parts);

// Why the replay cannot go on: its topic, its group or the group's retry topic is gone.
Status CheckReplayCanGoOn(const protocol::ReplayOrder& order, const ReplayParts& parts);

}  // namespace rewindmq::broker
