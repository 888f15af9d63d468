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

// Whether the broker is ours, or the error of one that does not answer.
Result<bool> IsOurs(client::AdminApi* admin, const std::string& address) {
  // Apache's older brokers, 4.2.0 among them, do not answer at all what they do not know.
  if (admin->BrokerVersion(address) < protocol::kOwnVersion) return false;
  // An id that nobody chose: only whether the request is understood matters.
  auto replays = admin->Replays(address, "none");
  if (!replays.ok() && IsSilence(replays.status())) return replays.status();
  return replays.status().response_code() != protocol::kRequestCodeNotSupported;
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
  REWIND_TRY_ASSIGN(bool ours, IsOurs(admin, address));
  if (ours) return BrokerKind::kRewindMq;
  auto config = admin->BrokerConfig(address);
  if (!config.ok() && IsSilence(config.status())) return config.status();
  if (!config.ok() || config->empty()) return KindByVersion(admin->BrokerVersion(address));
  auto server_side = config->find("useServerSideResetOffset");
  const bool yes = server_side != config->end() && server_side->second == "true";
  return yes ? BrokerKind::kServerSide : BrokerKind::kNotifies;
}

}  // namespace rewindmq::reset
