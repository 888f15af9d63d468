#include "broker/registration.h"

#include <algorithm>
#include <asio/post.hpp>
#include <chrono>
#include <future>

#include "common/base/crc32.h"
#include "common/base/log.h"
#include "common/protocol/lists.h"
#include "common/protocol/register_broker.h"

namespace rewindmq::broker {
namespace {

constexpr int32_t kRegisterTimeoutMs = 6000;
constexpr int32_t kQueryTimeoutMs = 3000;
constexpr int32_t kFarewellTimeoutMs = 1000;
constexpr int64_t kFirstRetryMs = 500;

// Whether an answer to code 322 spares the registration. Before 4.3 nobody knows that code.
bool SaysUnchanged(const Result<remoting::Reply>& reply) {
  if (!reply.ok() || reply->command.code != protocol::kSuccess) return false;
  const std::string_view* changed = reply->command.fields.Find("changed");
  return changed != nullptr && *changed == "false";
}

}  // namespace

void Registration::Start() {
  if (parts_->options.name_servers.empty()) {
    spdlog::warn("namesrvAddr is not set: clients cannot find this broker through a nameserver");
  }
  asio::post(loop_, [self = shared_from_this(), addresses = parts_->options.name_servers] {
    for (const std::string& address : addresses) {
      self->servers_.push_back(std::make_shared<NameServer>(address, self->loop_));
    }
    self->RegisterAll();
    self->Turn();
  });
}

void Registration::RegisterSoon() {
  if (stopped_ || soon_.exchange(true)) return;
  asio::post(loop_, [self = shared_from_this()] {
    self->soon_ = false;
    self->RegisterAll();
  });
}

void Registration::SetNameServers(std::vector<std::string> addresses) {
  asio::post(loop_, [self = shared_from_this(), addresses = std::move(addresses)] {
    if (self->stopped_) return;
    std::vector<NameServerPtr> former;
    former.swap(self->servers_);
    for (const std::string& address : addresses) {
      auto known = std::find_if(former.begin(), former.end(),
                                [&](const auto& one) { return one->address == address; });
      if (known != former.end()) {
        self->servers_.push_back(*known);
        former.erase(known);
      } else {
        self->servers_.push_back(std::make_shared<NameServer>(address, self->loop_));
        self->Register(self->servers_.back());
      }
    }
    for (const NameServerPtr& gone : former) {
      gone->retry.cancel();
      self->client_->Invoke(gone->address, self->Header(protocol::kUnregisterBroker),
                            kFarewellTimeoutMs, [](Result<remoting::Reply>) {});
    }
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

protocol::Outgoing Registration::RegistrationRequest() const {
  bool compressed = parts_->options.compressed_register;
  protocol::RegisterBrokerBody body;
  body.topic_config_table = parts_->topics->Snapshot();
  auto request = Header(protocol::kRegisterBroker);
  request.body = compressed ? protocol::EncodeCompressedRegisterBrokerBody(body)
                            : protocol::EncodeRegisterBrokerBody(body);
  request.With("haServerAddr", parts_->options.HaAddress())
      .With("compressed", compressed ? "true" : "false")
      .With("bodyCrc32", static_cast<int64_t>(JavaCrc32(request.body)));
  return request;
}

void Registration::Turn() {
  timer_.expires_after(std::chrono::milliseconds(parts_->options.register_period_ms));
  timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (error || self->stopped_) return;
    for (const NameServerPtr& server : self->servers_) {
      if (self->parts_->options.force_register) {
        self->Register(server);
      } else {
        self->RegisterIfChanged(server);
      }
    }
    self->Turn();
  });
}

void Registration::RegisterAll() {
  for (const NameServerPtr& server : servers_) Register(server);
}

void Registration::Register(const NameServerPtr& server) {
  if (stopped_) return;
  if (server->asking) {
    server->again = true;
    return;
  }
  server->asking = true;
  client_->Invoke(
      server->address, RegistrationRequest(), kRegisterTimeoutMs,
      [self = shared_from_this(), server](Result<remoting::Reply> reply) {
        // The callback may come before Invoke returns, or on another of the loops.
        asio::post(
            self->loop_,
            [self, server, answer = std::make_shared<Result<remoting::Reply>>(std::move(reply))] {
              self->OnRegistered(server, *answer);
            });
      });
}

void Registration::RegisterIfChanged(const NameServerPtr& server) {
  if (server->asking) return;
  server->asking = true;
  auto request = Header(protocol::kQueryDataVersion);
  request.body = protocol::EncodeDataVersion(parts_->topics->Snapshot().data_version);
  client_->Invoke(server->address, request, kQueryTimeoutMs,
                  [self = shared_from_this(), server](Result<remoting::Reply> reply) {
                    asio::post(self->loop_, [self, server, unchanged = SaysUnchanged(reply)] {
                      if (!self->Answered(server) && !unchanged) self->Register(server);
                    });
                  });
}

bool Registration::Answered(const NameServerPtr& server) {
  server->asking = false;
  if (!server->again) return false;
  server->again = false;
  Register(server);
  return true;
}

void Registration::OnRegistered(const NameServerPtr& server, const Result<remoting::Reply>& reply) {
  if (!reply.ok()) {
    Report(server,
           "not registered at nameserver " + server->address + ": " + reply.status().message());
  } else if (reply->command.code != protocol::kSuccess) {
    Report(server, "nameserver " + server->address + " refuses this broker: code " +
                       std::to_string(reply->command.code) + " " +
                       std::string(reply->command.remark));
  } else {
    if (server->failing) spdlog::info("registered at nameserver {} again", server->address);
    server->failing = false;
    server->retry_ms = 0;
    ApplyOrders(reply->command.body);
  }
  if (!Answered(server) && server->failing) RetrySoon(server);
}

// Both servers of a new cluster start at the same time: the name of the one may not even resolve
// yet, and without it the broker would not be found for half a minute.
void Registration::RetrySoon(const NameServerPtr& server) {
  server->retry_ms = server->retry_ms == 0 ? kFirstRetryMs : 2 * server->retry_ms;
  if (stopped_ || server->retry_ms >= parts_->options.register_period_ms) return;  // the next turn
  server->retry.expires_after(std::chrono::milliseconds(server->retry_ms));
  server->retry.async_wait([self = shared_from_this(), server](const asio::error_code& error) {
    if (!error) self->Register(server);
  });
}

void Registration::Report(const NameServerPtr& server, const std::string& problem) {
  if (!stopped_ && !server->failing) spdlog::warn("{}; trying again", problem);
  server->failing = true;
}

void Registration::ApplyOrders(std::string_view kv_table) {
  if (kv_table.empty() || stopped_) return;
  Result<protocol::KvTable> orders = protocol::DecodeKvTable(kv_table);
  if (!orders.ok()) {
    spdlog::warn("the nameserver's order configuration cannot be read: {}",
                 orders.status().message());
    return;
  }
  for (const auto& [topic, queues] : *orders) {
    auto config = parts_->topics->Find(topic);
    if (!config || config->order) continue;
    config->order = true;
    Status kept = parts_->topics->Put(std::move(*config));
    if (kept.ok()) {
      spdlog::info("topic {} is ordered now, as the nameserver's configuration says", topic);
    } else {
      spdlog::error("topic {} cannot be made ordered: {}", topic, kept.message());
    }
  }
}

void Registration::Stop() {
  if (stopped_.exchange(true)) return;
  // Everything that the callbacks touch lives as long as the last of them.
  struct Farewell {
    std::promise<void> told;
    size_t left = 0;
  };
  auto farewell = std::make_shared<Farewell>();
  std::future<void> told = farewell->told.get_future();
  asio::post(loop_, [self = shared_from_this(), farewell] {
    self->timer_.cancel();
    farewell->left = self->servers_.size();
    if (farewell->left == 0) farewell->told.set_value();
    for (const NameServerPtr& server : self->servers_) {
      server->retry.cancel();
      self->client_->Invoke(server->address, self->Header(protocol::kUnregisterBroker),
                            kFarewellTimeoutMs,
                            [self, server, farewell](Result<remoting::Reply> reply) {
                              if (!reply.ok()) {
                                spdlog::warn("no farewell to nameserver {}: {}", server->address,
                                             reply.status().message());
                              }
                              asio::post(self->loop_, [farewell] {
                                if (--farewell->left == 0) farewell->told.set_value();
                              });
                            });
    }
  });
  told.wait_for(std::chrono::milliseconds(2 * kFarewellTimeoutMs));
}

}  // namespace rewindmq::broker
