#include "broker/registration.h"

#include <asio/post.hpp>

#include "common/base/crc32.h"
#include "common/base/log.h"
#include "common/protocol/register_broker.h"

namespace rewindmq::broker {
namespace {

constexpr int32_t kRegisterTimeoutMs = 6000;
constexpr int32_t kFarewellTimeoutMs = 1000;

}  // namespace

void Registration::Start() {
  if (parts_->options.name_servers.empty()) {
    spdlog::warn("namesrvAddr is not set: clients cannot find this broker through a nameserver");
    return;
  }
  asio::post(loop_, [self = shared_from_this()] { self->RegisterAll(); });
}

void Registration::RegisterSoon() {
  if (stopped_ || soon_.exchange(true)) return;
  asio::post(loop_, [self = shared_from_this()] {
    self->soon_ = false;
    self->RegisterAll();
  });
}

protocol::Outgoing Registration::Header(int32_t code) const {
  const BrokerOptions& options = parts_->options;
  auto request = protocol::MakeRequest(code);
  request.With("brokerName", options.broker_name)
      .With("brokerAddr", options.Address())
      .With("clusterName", options.cluster_name)
      .With("brokerId", options.broker_id);
  return request;
}

void Registration::RegisterAll() {
  if (stopped_) return;
  protocol::RegisterBrokerBody body;
  body.topic_config_table = parts_->topics->Snapshot();
  auto request = Header(protocol::kRegisterBroker);
  request.body = protocol::EncodeRegisterBrokerBody(body);
  request.With("haServerAddr", parts_->options.HaAddress())
      .With("compressed", "false")
      .With("bodyCrc32", static_cast<int64_t>(JavaCrc32(request.body)));
  for (const std::string& server : parts_->options.name_servers) {
    client_->Invoke(server, request, kRegisterTimeoutMs, [server](Result<remoting::Reply> reply) {
      if (!reply.ok()) {
        spdlog::warn("not registered at nameserver {}: {}", server, reply.status().message());
      } else if (reply->command.code != protocol::kSuccess) {
        spdlog::warn("nameserver {} refuses this broker: code {} {}", server, reply->command.code,
                     reply->command.remark);
      }
    });
  }
  ArmTimer();
}

void Registration::ArmTimer() {
  timer_.expires_after(std::chrono::milliseconds(parts_->options.register_period_ms));
  timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (!error) self->RegisterAll();
  });
}

void Registration::Stop() {
  if (stopped_.exchange(true)) return;
  asio::post(loop_, [self = shared_from_this()] { self->timer_.cancel(); });
  for (const std::string& server : parts_->options.name_servers) {
    Result<remoting::Reply> reply =
        client_->InvokeSync(server, Header(protocol::kUnregisterBroker), kFarewellTimeoutMs);
    if (!reply.ok()) {
      spdlog::warn("no farewell to nameserver {}: {}", server, reply.status().message());
    }
  }
}

}  // namespace rewindmq::broker
