#include "client/heartbeat.h"

#include <future>
#include <memory>
#include <utility>
#include <vector>

namespace rewindmq::client {
namespace {

Status AskAll(remoting::Client* client, const std::set<std::string>& brokers,
              const protocol::Outgoing& request, int32_t timeout_ms) {
  std::vector<std::pair<std::string, std::future<Status>>> answers;
  for (const std::string& broker : brokers) {
    auto promise = std::make_shared<std::promise<Status>>();
    answers.emplace_back(broker, promise->get_future());
    client->Invoke(broker, request, timeout_ms, [promise](Result<remoting::Reply> reply) {
      if (!reply.ok()) {
        promise->set_value(reply.status());
      } else if (reply->command.code != protocol::kSuccess) {
        promise->set_value(
            Status::Rejected(reply->command.code, std::string(reply->command.remark)));
      } else {
        promise->set_value(Status::Ok());
      }
    });
  }
  Status first_error;
  for (auto& [broker, answer] : answers) {
    Status status = answer.get();
    if (!status.ok() && first_error.ok()) first_error = status.WithContext("broker " + broker);
  }
  return first_error;
}

}  // namespace

Status SendHeartbeats(remoting::Client* client, const std::set<std::string>& brokers,
                      const protocol::HeartbeatData& heartbeat, int32_t timeout_ms) {
  auto request = protocol::MakeRequest(protocol::kHeartBeat);
  request.body = protocol::EncodeHeartbeatData(heartbeat);
  return AskAll(client, brokers, request, timeout_ms);
}

void Unregister(remoting::Client* client, const std::set<std::string>& brokers,
                const std::string& client_id, const std::string& producer_group,
                const std::string& consumer_group, int32_t timeout_ms) {
  auto request = protocol::MakeRequest(protocol::kUnregisterClient).With("clientID", client_id);
  if (!producer_group.empty()) request.With("producerGroup", producer_group);
  if (!consumer_group.empty()) request.With("consumerGroup", consumer_group);
  static_cast<void>(AskAll(client, brokers, request, timeout_ms));
}

}  // namespace rewindmq::client
