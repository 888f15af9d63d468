#include "nameserver/service.h"

#include <asio/post.hpp>
#include <chrono>

#include "common/base/log.h"

namespace rewindmq::nameserver {
namespace {

remoting::ServerOptions ToServerOptions(const Options& options) {
  constexpr int32_t kMsPerSecond = 1000;
  remoting::ServerOptions server;
  server.connection.idle_timeout_ms = options.server_channel_max_idle_time_seconds * kMsPerSecond;
  server.max_connections = static_cast<size_t>(options.max_connections);
  server.max_connections_per_address = static_cast<size_t>(options.max_connections_per_address);
  return server;
}

}  // namespace

Result<std::unique_ptr<Service>> Service::Create(Options options, const Clock* clock) {
  REWIND_TRY_ASSIGN(KvConfig kv, KvConfig::Load(options.kv_config_path));
  return std::unique_ptr<Service>(new Service(std::move(options), std::move(kv), clock));
}

Service::Service(Options options, KvConfig kv, const Clock* clock)
    : state_{options, std::move(kv), RouteTable(options.delete_topic_with_broker_registration),
             clock},
      handlers_(AllHandlers()),
      scan_timer_(io_.First()),
      server_(&io_, &dispatcher_, ToServerOptions(options)) {
  for (const auto& [code, handler] : handlers_) {
    dispatcher_.Add(code, [this, handler = handler](const protocol::Command& command,
                                                    const remoting::Responder& responder) {
      responder.Send(handler(&state_, Request{command, responder.connection()->id()}));
    });
  }
  server_.OnConnectionClosed([this](const std::shared_ptr<remoting::Connection>& connection) {
    for (const std::string& address : state_.routes.ConnectionClosed(connection->id())) {
      spdlog::info("broker {} is gone: its connection ended", address);
    }
  });
}

Service::~Service() { Stop(); }

Result<uint16_t> Service::Start() {
  Result<uint16_t> port = server_.Listen(state_.options.bind_address,
                                         static_cast<uint16_t>(state_.options.listen_port));
  if (!port.ok()) {
    return Status(port.status().code(),
                  port.status().message() + " (see the settings bindAddress and listenPort)");
  }
  server_.Start();
  asio::post(io_.First(), [this] { ScanLater(); });
  return port;
}

// Joins the io thread first, so that nothing runs when the members go.
void Service::Stop() {
  server_.Stop();
  io_.Stop();
}

void Service::ScanLater() {
  scan_timer_.expires_after(
      std::chrono::milliseconds(state_.options.scan_not_active_broker_interval_ms));
  scan_timer_.async_wait([this](const asio::error_code& error) {
    if (error) return;
    for (const std::string& address : state_.routes.Expire(state_.clock->SteadyMs())) {
      spdlog::warn("broker {} is gone: it has not registered in time", address);
    }
    ScanLater();
  });
}

}  // namespace rewindmq::nameserver
