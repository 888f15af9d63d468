#include "reset/capabilities.h"

namespace rewindmq::reset {
namespace {

constexpr std::array<std::string_view, 4> kKindNames = {"RewindMQ", "NotifiesClients", "ServerSide",
                                                        "Unknown"};

struct Row {
  Feature feature;
  std::string_view name;
  std::array<Capability, 4> by_kind;  // in the order of BrokerKind
};

constexpr Capability kYes = {true, ""};
// What is not known of an Apache broker is refused where its two kinds differ.
constexpr Capability kNotKnown = {
    false,
    "this broker does not say how it resets, since it keeps its configuration to itself; stop the "
    "consumers, or use method BrokerSide"};

constexpr std::array<Row, kFeatureCount> kRows = {{
    {Feature::kTimeOnline,
     "to a time or an end, consumers online",
     {{{true, "exactly the offsets of the plan"},
       {true,
        "the broker searches once more, moves every write queue, and its clients pause for 10 s"},
       {true, "exactly the offsets of the plan, each queue at its next pull"},
       {true, "the broker searches once more"}}}},
    {Feature::kTimeOffline,
     "to a time or an end, nobody online",
     {{kYes,
       {true, "the offset of every queue is written"},
       {true, "kept in memory until a consumer pulls"},
       {true, "the offset of every queue is written"}}}},
    {Feature::kExactOnline,
     "to exact offsets, consumers online",
     {{kYes,
       {false,
        "this broker tells its clients a time only, and they commit over an offset that is written "
        "beside them; stop the consumers, or use method BrokerSide to write it all the same"},
       kYes,
       kNotKnown}}},
    {Feature::kExactOffline, "to exact offsets, nobody online", {{kYes, kYes, kYes, kYes}}},
    {Feature::kSomeQueues,
     "some queues of a broker only",
     {{kYes,
       {false,
        "this broker resets every write queue of a topic at once while consumers are online; stop "
        "the consumers, or use method BrokerSide"},
       kYes,
       kNotKnown}}},
    {Feature::kRewindOnly,
     "back only: queues that would skip messages stay",
     {{kYes,
       {true, "by isForce=false"},
       {true, "the others are asked one by one"},
       {true, "the others are asked one by one, by isForce=false"}}}},
    {Feature::kSkipOnly,
     "forward only: queues that would replay messages stay",
     {{kYes,
       {false,
        "asking this broker would replay queues that may only go forward; stop the consumers, or "
        "use direction Any"},
       {true, "the others are asked one by one"},
       kNotKnown}}},
    {Feature::kNeverCommitted,
     "queues that the group never committed",
     {{kYes,
       {false,
        "the group never committed an offset for one of this broker's queues, and the broker then "
        "refuses the whole reset; start a consumer once, then reset"},
       kYes,
       kNotKnown}}},
    {Feature::kAboveWriteQueues,
     "queues above the number of write queues",
     {{kYes,
       {false, "code 222 acts on write queues only; use method BrokerSide for this queue"},
       kYes,
       {false, "code 222 acts on write queues only; use method BrokerSide for this queue"}}}},
    {Feature::kRetryTopic,
     "the group's retry topic, consumers online",
     {{kYes,
       {false,
        "a second notice makes the clients of this broker pause twice and pull twice; stop the "
        "consumers, or reset the retry topic by itself later"},
       kYes,
       kNotKnown}}},
    {Feature::kBroadcasting,
     "broadcasting groups",
     {{{true, "members that are online are told; verify by clients"},
       {false,
        "members of a broadcasting group keep their offsets themselves, and this broker refuses "
        "a group that has none with it"},
       {false,
        "members of a broadcasting group keep their offsets themselves, and this broker tells only "
        "the first one that pulls"},
       {false, "members of a broadcasting group keep their offsets themselves"}}}},
    {Feature::kPullConsumers,
     "consumers that pull by themselves, online",
     {{kYes,
       {false,
        "the group's consumers pull by themselves and ignore this broker's notice; stop them, then "
        "reset"},
       kYes,
       kNotKnown}}},
    {Feature::kCppConsumers,
     "C++ consumers, online",
     {{{true, "told in their own form of code 220"},
       {false,
        "a C++ consumer cannot read the notice that this broker sends for a tool of another "
        "language; stop it, then reset"},
       kYes,
       kNotKnown}}},
    {Feature::kAllOrNone,
     "all queues of a broker or none",
     {{kYes,
       {false, "each client moves its queues by itself"},
       {false, "queue by queue"},
       kNotKnown}}},
    {Feature::kDurable,
     "an answered reset survives a restart of the broker",
     {{kYes,
       {false, "nothing is kept: only clients that got the notice move"},
       {false,
        "kept in memory until the next pull: after a restart a client may commit its old "
        "offset over it"},
       kNotKnown}}},
    {Feature::kReplay,
     "replay of an interval",
     {{kYes,
       {false, "only brokers of RewindMQ replay an interval; move the offsets instead"},
       {false, "only brokers of RewindMQ replay an interval; move the offsets instead"},
       {false, "only brokers of RewindMQ replay an interval; move the offsets instead"}}}},
    {Feature::kVerifyByClients,
     "verification by the clients' own offsets",
     {{kYes, {true, "clients from 3.0.7 on"}, {true, "remoting clients"}, kYes}}},
}};

}  // namespace

std::string_view Name(BrokerKind kind) { return kKindNames[static_cast<size_t>(kind)]; }

std::optional<BrokerKind> BrokerKindFromName(std::string_view name) {
  for (BrokerKind kind : kBrokerKinds) {
    if (Name(kind) == name) return kind;
  }
  return std::nullopt;
}

std::string_view Describe(Feature feature) { return kRows[static_cast<size_t>(feature)].name; }

Capability CapabilityOf(BrokerKind kind, Feature feature) {
  return kRows[static_cast<size_t>(feature)].by_kind[static_cast<size_t>(kind)];
}

std::string CapabilityLines() {
  std::string text = "feature\tbroker\tcan\twords\n";
  for (const Row& row : kRows) {
    for (BrokerKind kind : kBrokerKinds) {
      const Capability& capability = row.by_kind[static_cast<size_t>(kind)];
      text.append(row.name).append("\t").append(Name(kind)).append("\t");
      text.append(capability.can ? "yes" : "no").append("\t").append(capability.words).append("\n");
    }
  }
  return text;
}

}  // namespace rewindmq::reset
