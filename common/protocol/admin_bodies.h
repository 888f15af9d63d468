#pragma once
// Answers that only the administration tools read: traffic (BrokerStatsData, 315), all groups'
// progress (ConsumeStatsList, 317), units of a consume queue (QueryConsumeQueueResponseBody, 321),
// time spans (303), corrected offsets (308), one subscription (345), all producers (328), the
// state of replication (907) and of a group's permission (353).
// Written as fastjson writes them, members in alphabetical order. Thread safety: plain values.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/protocol/codes.h"
#include "common/protocol/heartbeat.h"
#include "common/protocol/message_queue.h"
#include "common/protocol/offset_tables.h"

namespace rewindmq::protocol {

struct StatsFigures {
  int64_t sum = 0;
  double per_second = 0;
  double per_time = 0;
};
struct BrokerStatsData {
  StatsFigures minute;
  StatsFigures hour;
  StatsFigures day;
};
std::string EncodeBrokerStatsData(const BrokerStatsData& data);

struct ConsumeStatsList {
  std::string broker_addr;
  std::map<std::string, std::vector<ConsumeStats>> groups;
  int64_t total_diff = 0;
  int64_t total_inflight_diff = 0;
};
std::string EncodeConsumeStatsList(const ConsumeStatsList& list);

struct ConsumeQueueEntry {
  int64_t physical_offset = 0;
  int32_t record_bytes = 0;
  int64_t tags_code = 0;
};
struct ConsumeQueueAnswer {
  int64_t min_index = 0;
  int64_t max_index = 0;
  std::optional<SubscriptionData> subscription;
  std::string filter_data;  // empty = absent
  std::vector<ConsumeQueueEntry> entries;
};
std::string EncodeConsumeQueueAnswer(const ConsumeQueueAnswer& answer);

struct QueueTimeSpan {
  MessageQueue queue;
  int64_t min_ms = 0;
  int64_t max_ms = 0;
  int64_t consumed_ms = 0;
  int64_t delay_ms = 0;
};
std::string EncodeConsumeTimeSpans(const std::vector<QueueTimeSpan>& spans);

// By queue id.
std::string EncodeCorrectionOffsets(const std::map<int32_t, int64_t>& offsets);

std::string EncodeSubscriptionAnswer(const std::string& group, const std::string& topic,
                                     const SubscriptionData* subscription);

struct ProducerInfo {
  std::string client_id;
  std::string remote_address;
  Language language = Language::kJava;
  int32_t version = 0;
  int64_t last_update_ms = 0;
};
std::string EncodeProducerTable(const std::map<std::string, std::vector<ProducerInfo>>& groups);

// Of a master without slaves.
std::string EncodeHaRuntimeInfo(int64_t log_end_offset);

std::string EncodeGroupForbidden(const std::string& group, const std::string& topic, bool readable);

// client id -> its offsets; the answer to 223.
std::string EncodeConsumerStatus(const std::map<std::string, ResetOffsetBody>& clients);
Result<std::map<std::string, ResetOffsetBody>> DecodeConsumerStatuses(std::string_view text);
// One client's answer to 221.
Result<ResetOffsetBody> DecodeConsumerStatus(std::string_view text);

}  // namespace rewindmq::protocol
