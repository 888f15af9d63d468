#pragma once
// Tables by queue: offsets of a reset (ResetOffsetBody), progress of a group (ConsumeStats), ends
// of a topic's queues (TopicStatsTable). Their JSON has whole queues as keys, without quotes.
// Thread safety: plain values.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "common/protocol/message_queue.h"

namespace rewindmq::protocol {

using ResetOffsetBody = std::map<MessageQueue, int64_t>;

// The form that Java and Go consumers read, and that an answer to code 222 has.
std::string EncodeResetOffsetBody(const ResetOffsetBody& offsets);
// The list form, which only the C++ client reads (ResetOffsetBodyForC).
std::string EncodeResetOffsetBodyForC(const ResetOffsetBody& offsets);
// Reads both forms.
Result<ResetOffsetBody> DecodeResetOffsetBody(std::string_view text);

struct OffsetWrapper {
  int64_t broker_offset = 0;
  int64_t consumer_offset = 0;
  int64_t last_timestamp_ms = 0;
  int64_t pull_offset = 0;

  bool operator==(const OffsetWrapper&) const = default;
};

struct ConsumeStats {
  std::map<MessageQueue, OffsetWrapper> offset_table;
  double consume_tps = 0;

  bool operator==(const ConsumeStats&) const = default;
};

std::string EncodeConsumeStats(const ConsumeStats& stats);
Result<ConsumeStats> DecodeConsumeStats(std::string_view text);

struct TopicOffset {
  int64_t min_offset = 0;
  int64_t max_offset = 0;
  int64_t last_update_timestamp_ms = 0;

  bool operator==(const TopicOffset&) const = default;
};

struct TopicStatsTable {
  std::map<MessageQueue, TopicOffset> offset_table;
  double topic_put_tps = 0;

  bool operator==(const TopicStatsTable&) const = default;
};

std::string EncodeTopicStatsTable(const TopicStatsTable& table);
Result<TopicStatsTable> DecodeTopicStatsTable(std::string_view text);

}  // namespace rewindmq::protocol
