#pragma once
// Request and reply (ReplyMessageProcessor): an answer is a message that names, in REPLY_TO_CLIENT,
// the client that asked; the broker pushes it there by code 326 at once. Pure.

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/send/send_request.h"
#include "common/protocol/command.h"

namespace rewindmq::broker {

inline constexpr std::string_view kPropertyReplyTo = "REPLY_TO_CLIENT";
inline constexpr std::string_view kReplyTopicSuffix = "_REPLY_TOPIC";
// How long the client may take to say that it has the reply.
inline constexpr int32_t kReplyTimeoutMs = 10'000;

struct ReplyHosts {
  std::string born;  // "ip:port"
  std::string store;
};

// The request that brings the reply to its client.
protocol::Outgoing MakeReplyPush(const SendRequest& reply, std::string_view body,
                                 const ReplyHosts& hosts, int64_t now_ms);

}  // namespace rewindmq::broker
