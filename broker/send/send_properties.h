#pragma once
// What the broker itself reads of a message's properties (MessageConst), found in one pass. Views
// into the properties; an empty view: there is no such property. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rewindmq::broker {

inline constexpr std::string_view kPropertyUniqueKey = "UNIQ_KEY";
inline constexpr std::string_view kPropertyWait = "WAIT";
inline constexpr std::string_view kPropertyDelay = "DELAY";
inline constexpr std::string_view kPropertyRealTopic = "REAL_TOPIC";
inline constexpr std::string_view kPropertyRealQueueId = "REAL_QID";
inline constexpr std::string_view kPropertyProducerGroup = "PGROUP";
inline constexpr std::string_view kPropertyTransaction = "TRAN_MSG";
inline constexpr std::string_view kPropertyTimerDeliverMs = "TIMER_DELIVER_MS";
inline constexpr std::string_view kPropertyTimerDelayMs = "TIMER_DELAY_MS";
inline constexpr std::string_view kPropertyTimerDelaySec = "TIMER_DELAY_SEC";
inline constexpr std::string_view kPropertyTimerOutMs = "TIMER_OUT_MS";
inline constexpr std::string_view kPropertyTimerDeleteKey = "TIMER_DEL_UNIQKEY";
inline constexpr std::string_view kPropertyPopCheckPoint = "POP_CK";
// Where a reply to the message goes: every stored message names its cluster.
inline constexpr std::string_view kPropertyCluster = "CLUSTER";
// Properties of such names are for the broker that receives them, and are never stored.
inline constexpr std::string_view kTransientPrefix = "__RMQ.TRANSIENT.";

struct SendProperties {
  std::string_view tags;
  std::string_view unique_key;
  std::string_view wait;
  std::string_view delay;
  std::string_view transaction;
  std::string_view timer_deliver_ms;
  std::string_view timer_delay_ms;
  std::string_view timer_delay_sec;
  std::string_view timer_out_ms;
  std::string_view timer_delete_key;
  std::string_view pop_check_point;
  std::string_view cluster;
  bool has_transient = false;

  // Of the consume queue unit.
  int64_t TagsCode() const;
  // False: the producer does not wait for the disk.
  bool WaitsForDisk() const { return wait != "false"; }
  // 0 without one; empty when the property is not a number.
  std::optional<int32_t> DelayLevel() const;
  bool IsTransaction() const;
  // One of the three ways to say when (TIMER_DELAY_SEC before TIMER_DELAY_MS before
  // TIMER_DELIVER_MS), and not yet stored for its time.
  bool IsTimer() const {
    return timer_out_ms.empty() &&
           (!timer_deliver_ms.empty() || !timer_delay_ms.empty() || !timer_delay_sec.empty());
  }
};

SendProperties ScanProperties(std::string_view properties);

// Appends the properties as they are stored, to `out`: without those that are for this broker
// alone, and with its cluster's name. `scanned` must be those of `properties`.
void AppendStoredProperties(std::string_view properties, const SendProperties& scanned,
                            std::string_view cluster, std::string* out);

}  // namespace rewindmq::broker
