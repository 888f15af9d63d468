#include "client/remote_admin.h"

#include <utility>

#include "common/protocol/admin_bodies.h"
#include "common/protocol/codes.h"
#include "common/protocol/command.h"
#include "common/protocol/fields.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::client {

using protocol::MakeRequest;
using protocol::Outgoing;
using remoting::Reply;

RemoteAdmin::RemoteAdmin(remoting::Client* client, std::vector<std::string> name_servers,
                         int32_t timeout_ms)
    : client_(client), name_servers_(std::move(name_servers)), timeout_ms_(timeout_ms) {}

Result<Reply> RemoteAdmin::Ask(const std::string& address, const Outgoing& request) {
  Result<Reply> reply = client_->InvokeSync(address, request, timeout_ms_);
  if (!reply.ok()) return reply.status();
  {
    std::lock_guard lock(mutex_);
    versions_[address] = reply->command.version;
  }
  if (reply->command.code != protocol::kSuccess) {
    return Status::Rejected(reply->command.code, std::string(reply->command.remark));
  }
  return reply;
}

Result<int64_t> RemoteAdmin::AskOffset(const std::string& address, const Outgoing& request) {
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, request));
  protocol::FieldReader fields(reply.command.fields);
  int64_t offset = fields.Int64("offset");
  if (!fields.status().ok()) return fields.status().WithContext("the answer of " + address);
  return offset;
}

Result<protocol::TopicRouteData> RemoteAdmin::Route(const std::string& topic) {
  if (name_servers_.empty()) return Status(ErrorCode::kInvalidArgument, "no nameserver is given");
  Outgoing request = MakeRequest(protocol::kGetRouteInfoByTopic).With("topic", topic);
  const size_t first = last_good_.load(std::memory_order_relaxed);
  Status last_error;
  Status unknown_topic;
  for (size_t i = 0; i < name_servers_.size(); ++i) {
    const size_t index = (first + i) % name_servers_.size();
    Result<Reply> reply = Ask(name_servers_[index], request);
    // An answer is the cluster's word; silence makes the next one worth asking.
    if (!reply.ok() && reply.status().code() != ErrorCode::kRejected) {
      last_error = reply.status();
      continue;
    }
    // Nor is a nameserver believed that does not know the topic while another one may: after its
    // restart it knows nothing until the brokers' next registration.
    if (reply.status().response_code() == protocol::kTopicNotExist) {
      unknown_topic = Status(ErrorCode::kNotFound, reply.status().message());
      continue;
    }
    last_good_.store(index, std::memory_order_relaxed);
    if (reply.ok()) return protocol::DecodeTopicRouteData(reply->command.body);
    return reply.status();
  }
  return unknown_topic.ok() ? last_error : unknown_topic;
}

Result<protocol::ConsumerConnection> RemoteAdmin::ConsumerConnections(const std::string& address,
                                                                      const std::string& group) {
  Outgoing request = MakeRequest(protocol::kGetConsumerConnectionList).With("consumerGroup", group);
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, request));
  return protocol::DecodeConsumerConnection(reply.command.body);
}

Result<protocol::TopicStatsTable> RemoteAdmin::TopicStats(const std::string& address,
                                                          const std::string& topic) {
  Outgoing request = MakeRequest(protocol::kGetTopicStatsInfo).With("topic", topic);
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, request));
  return protocol::DecodeTopicStatsTable(reply.command.body);
}

Result<protocol::ConsumeStats> RemoteAdmin::ConsumeStats(const std::string& address,
                                                         const std::string& group,
                                                         const std::string& topic) {
  Outgoing request =
      MakeRequest(protocol::kGetConsumeStats).With("consumerGroup", group).With("topic", topic);
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, request));
  return protocol::DecodeConsumeStats(reply.command.body);
}

Result<int64_t> RemoteAdmin::QueryOffset(const std::string& address, const std::string& group,
                                         const std::string& topic, int32_t queue_id) {
  Outgoing request = MakeRequest(protocol::kQueryConsumerOffset)
                         .With("consumerGroup", group)
                         .With("topic", topic)
                         .With("queueId", queue_id)
                         .With("setZeroIfNotFound", "false");
  Result<int64_t> offset = AskOffset(address, request);
  if (offset.status().response_code() == protocol::kQueryNotFound) {
    return Status(ErrorCode::kNotFound, offset.status().message());
  }
  return offset;
}

Status RemoteAdmin::UpdateOffset(const std::string& address, const std::string& group,
                                 const std::string& topic, int32_t queue_id, int64_t offset) {
  Outgoing request = MakeRequest(protocol::kUpdateConsumerOffset)
                         .With("consumerGroup", group)
                         .With("topic", topic)
                         .With("queueId", queue_id)
                         .With("commitOffset", offset);
  return Ask(address, request).status();
}

Result<int64_t> RemoteAdmin::SearchOffset(const std::string& address, const std::string& topic,
                                          int32_t queue_id, int64_t timestamp_ms) {
  Outgoing request = MakeRequest(protocol::kSearchOffsetByTimestamp)
                         .With("topic", topic)
                         .With("queueId", queue_id)
                         .With("timestamp", timestamp_ms);
  return AskOffset(address, request);
}

Result<int64_t> RemoteAdmin::MinOffset(const std::string& address, const std::string& topic,
                                       int32_t queue_id) {
  return AskOffset(
      address, MakeRequest(protocol::kGetMinOffset).With("topic", topic).With("queueId", queue_id));
}

Result<int64_t> RemoteAdmin::MaxOffset(const std::string& address, const std::string& topic,
                                       int32_t queue_id) {
  return AskOffset(
      address, MakeRequest(protocol::kGetMaxOffset).With("topic", topic).With("queueId", queue_id));
}

int32_t RemoteAdmin::BrokerVersion(const std::string& address) {
  std::lock_guard lock(mutex_);
  auto known = versions_.find(address);
  return known == versions_.end() ? 0 : known->second;
}

Result<std::map<std::string, std::string>> RemoteAdmin::BrokerConfig(const std::string& address) {
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, MakeRequest(protocol::kGetBrokerConfig)));
  return protocol::DecodeJavaProperties(reply.command.body);
}

Result<QueueOffsets> RemoteAdmin::ResetOffset(const std::string& address,
                                              const ResetRequest& request) {
  Outgoing outgoing = MakeRequest(protocol::kInvokeBrokerToResetOffset)
                          .With("topic", request.topic)
                          .With("group", request.group)
                          .With("timestamp", request.timestamp_ms)
                          .With("isForce", request.force ? "true" : "false");
  if (request.queue_id >= 0) {
    outgoing.With("queueId", request.queue_id).With("offset", request.offset);
  }
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, outgoing));
  return protocol::DecodeResetOffsetBody(reply.command.body);
}

Result<std::map<std::string, QueueOffsets>> RemoteAdmin::ClientOffsets(const std::string& address,
                                                                       const std::string& group,
                                                                       const std::string& topic) {
  Outgoing request = MakeRequest(protocol::kInvokeBrokerToGetConsumerStatus)
                         .With("topic", topic)
                         .With("group", group)
                         .With("clientAddr", "");
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, request));
  return protocol::DecodeConsumerStatuses(reply.command.body);
}

Result<QueueOffsets> RemoteAdmin::ResetToOffsets(const std::string& address,
                                                 const std::string& group, const std::string& topic,
                                                 const QueueOffsets& offsets) {
  Outgoing request =
      MakeRequest(protocol::kResetToOffsets).With("topic", topic).With("group", group);
  request.body = protocol::EncodeResetOffsetBody(offsets);
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, request));
  return protocol::DecodeResetOffsetBody(reply.command.body);
}

Result<protocol::ReplayStatus> RemoteAdmin::StartReplay(const std::string& address,
                                                        const protocol::ReplayOrder& order) {
  Outgoing request = MakeRequest(protocol::kStartReplay);
  request.body = protocol::EncodeReplayOrder(order);
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, request));
  return protocol::DecodeReplayStatus(reply.command.body);
}

Result<protocol::ReplayStatus> RemoteAdmin::SteerReplay(const std::string& address,
                                                        const ReplaySteering& steering) {
  Outgoing request = MakeRequest(protocol::kSteerReplay).With("replayId", steering.id);
  if (steering.cancel) request.With("cancel", "true");
  if (steering.pause) request.With("pause", *steering.pause ? "true" : "false");
  if (steering.messages_per_second) {
    request.With("messagesPerSecond", *steering.messages_per_second);
  }
  Result<Reply> reply = Ask(address, request);
  if (reply.status().response_code() == protocol::kQueryNotFound) {
    return Status(ErrorCode::kNotFound, reply.status().message());
  }
  if (!reply.ok()) return reply.status();
  return protocol::DecodeReplayStatus(reply->command.body);
}

Result<std::vector<protocol::ReplayStatus>> RemoteAdmin::Replays(const std::string& address,
                                                                 const std::string& id) {
  Outgoing request = MakeRequest(protocol::kGetReplays);
  if (!id.empty()) request.With("replayId", id);
  REWIND_TRY_ASSIGN(Reply reply, Ask(address, request));
  return protocol::DecodeReplayList(reply.command.body);
}

}  // namespace rewindmq::client
