#pragma once
// The forms that a transaction's message takes (TransactionalMessageBridge, EndTransactionProcessor
// of RocketMQ 4.3 and later). A producer's prepared message waits as a "half message" in a topic of
// the broker's own; its commit is a copy in the real topic; an "op message" names halves that are
// over. All of them are ordinary records, so that Java's broker goes on with our store, and we with
// Java's. Thread safety: pure functions.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/send/inner_message.h"
#include "broker/send/send_properties.h"
#include "common/base/status.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {

inline constexpr std::string_view kHalfTopic = protocol::kTransHalfTopic;
inline constexpr std::string_view kOpTopic = protocol::kTransOpHalfTopic;
inline constexpr std::string_view kDiscardedTopic = protocol::kTransCheckMaxTimeTopic;
// Whose offsets say how far both queues have been checked.
inline constexpr std::string_view kTransactionGroup = "CID_RMQ_SYS_TRANS";
inline constexpr int32_t kTransactionQueue = 0;

inline constexpr std::string_view kPropertyCheckTimes = "TRANSACTION_CHECK_TIMES";
inline constexpr std::string_view kPropertyImmunitySec = "CHECK_IMMUNITY_TIME_IN_SECONDS";
inline constexpr std::string_view kPropertyPreparedOffset = "TRAN_PREPARED_QUEUE_OFFSET";

// A half message where it lies.
struct HalfMessage {
  InnerMessage message;
  int64_t queue_offset = 0;
  int64_t physical_offset = 0;

  std::string_view Property(std::string_view key) const;  // empty when it has none
};

// kNotFound for bytes that are not a half message's record.
Result<HalfMessage> DecodeHalf(std::string_view record_bytes);

// Of a producer's message.
InnerMessage HalfOf(const store::MessageToPut& message);
// What consumers get. kInvalidArgument when the half does not say where it belongs.
Result<InnerMessage> CommittedOf(const HalfMessage& half);
// The same half again at the end of its queue, asked about once more. Unlike Java's it remembers
// the half that its producer knows, so that a late end of that one settles this one too.
InnerMessage AskedAgain(const HalfMessage& half);
// The same half again, not asked about yet.
InnerMessage Deferred(const HalfMessage& half);
// For people to look at: nobody could say what became of it.
InnerMessage DiscardedOf(const HalfMessage& half);
// The same half again as if it had never been asked about.
InnerMessage Resumed(const HalfMessage& half);

InnerMessage OpMessageFor(int64_t half_offset, const store::HostAddress& host, int64_t now_ms);
// The halves that an op message names: one number (4.x and ours) or several with commas (5.x).
std::vector<int64_t> HalvesOfOp(std::string_view body);

// The record as the producer knew it, in its real topic and queue; for asking its producer.
Result<std::string> EncodeForProducer(const HalfMessage& half);

// How often its producer was asked; 0 when never.
int32_t CheckTimesOf(const HalfMessage& half);

}  // namespace rewindmq::broker
