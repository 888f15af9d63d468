#include "reset/who.h"

#include "common/protocol/codes.h"

namespace rewindmq::reset {
namespace {

// MQVersion's ordinals: the first that can reset on its own side, and the first that does so unless
// it is configured otherwise.
constexpr int32_t kVersion5_1_0 = 433;
constexpr int32_t kVersion5_2_0 = 453;

BrokerKind KindByVersion(int32_t version) {
  if (version >= kVersion5_2_0) return BrokerKind::kServerSide;
  return version > 0 && version < kVersion5_1_0 ? BrokerKind::kNotifies : BrokerKind::kUnknown;
}

}  // namespace

bool IsSilence(const Status& status) {
  return status.code() == ErrorCode::kUnavailable || status.code() == ErrorCode::kTimeout ||
         status.code() == ErrorCode::kIo;
}

Result<Members> ReadMembers(client::AdminApi* admin, const std::string& address,
                            const std::string& group) {
  auto answer = admin->ConsumerConnections(address, group);
  Members members;
  if (answer.status().response_code() == protocol::kConsumerNotOnline) members.online = 0;
  if (!answer.ok() && IsSilence(answer.status())) return answer.status();
  if (!answer.ok()) return members;
  members.online = static_cast<int32_t>(answer->connections.size());
  members.broadcasting = answer->message_model == protocol::MessageModel::kBroadcasting;
  members.pulling = answer->consume_type == protocol::ConsumeType::kActively;
  for (const protocol::Connection& connection : answer->connections) {
    members.any_cpp = members.any_cpp || connection.language == protocol::Language::kCpp;
    members.any_too_old =
        members.any_too_old || connection.version < protocol::kVersion3_0_7Snapshot;
  }
  return members;
}

Result<BrokerKind> ReadKind(client::AdminApi* admin, const std::string& address) {
  // An id that nobody chose: only whether the request is understood matters.
  auto replays = admin->Replays(address, "none");
  if (replays.ok()) return BrokerKind::kRewindMq;
  if (IsSilence(replays.status())) return replays.status();
  if (replays.status().response_code() != protocol::kRequestCodeNotSupported) {
    return BrokerKind::kRewindMq;  // understood, and refused
  }
  if (admin->BrokerVersion(address) == protocol::kOwnVersion) {
    // One of ours that keeps no replays; naming no queue, it refuses, which is answer enough.
    auto probe = admin->ResetToOffsets(address, "none", "none", {});
    if (!probe.ok() && IsSilence(probe.status())) return probe.status();
    if (probe.status().response_code() != protocol::kRequestCodeNotSupported) {
      return BrokerKind::kRewindMq;
    }
  }
  auto config = admin->BrokerConfig(address);
  if (!config.ok() && IsSilence(config.status())) return config.status();
  if (!config.ok() || config->empty()) return KindByVersion(admin->BrokerVersion(address));
  auto server_side = config->find("useServerSideResetOffset");
  const bool yes = server_side != config->end() && server_side->second == "true";
  return yes ? BrokerKind::kServerSide : BrokerKind::kNotifies;
}

}  // namespace rewindmq::reset
