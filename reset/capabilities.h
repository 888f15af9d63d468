#pragma once
// What each kind of broker can do of a reset, and the reason in words where it cannot: one table,
// from which the engine takes its refusals, `rewindctl reset capabilities` its lines and
// docs/compatibility.md its section. What it says of Apache's brokers was read in, and tried with,
// their 4.2.0, 4.9.7 and 5.5.0 (Broker2Client.resetOffset, AdminBrokerProcessor.resetOffsetInner).
// Pure.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rewindmq::reset {

enum class BrokerKind : uint8_t {
  kRewindMq,    // moves to exactly what it is told, durably, all queues or none
  kNotifies,    // Apache's that reset through their clients: 4.x, 5.0, and 5.1 unless configured
  kServerSide,  // Apache's that reset on their own side: 5.2 and later unless configured
  kUnknown,     // one of Apache's, but it does not say which
};

enum class Feature : uint8_t {
  kTimeOnline,
  kTimeOffline,
  kExactOnline,
  kExactOffline,
  kSomeQueues,
  kRewindOnly,
  kSkipOnly,
  kNeverCommitted,
  kAboveWriteQueues,
  kRetryTopic,
  kBroadcasting,
  kPullConsumers,
  kCppConsumers,
  kAllOrNone,
  kDurable,
  kReplay,
  kVerifyByClients,
};

inline constexpr std::array kBrokerKinds = {BrokerKind::kRewindMq, BrokerKind::kNotifies,
                                            BrokerKind::kServerSide, BrokerKind::kUnknown};
inline constexpr size_t kFeatureCount = static_cast<size_t>(Feature::kVerifyByClients) + 1;

struct Capability {
  bool can = true;
  std::string_view words;  // why not and what to do instead, or how; never empty when it cannot
};

// "RewindMQ", "NotifiesClients", "ServerSide", "Unknown".
std::string_view Name(BrokerKind kind);
std::optional<BrokerKind> BrokerKindFromName(std::string_view name);
// A few words: "to a time, consumers online".
std::string_view Describe(Feature feature);

Capability CapabilityOf(BrokerKind kind, Feature feature);

// The whole table, a line for each feature and kind: feature, kind, "yes" or "no", words; between
// them tabs. The first line names the columns.
std::string CapabilityLines();

}  // namespace rewindmq::reset
