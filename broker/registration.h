#pragma once
// Keeps the nameservers informed of this broker and its topics (BrokerOuterAPI): at the start,
// every 30 s, at once when a topic changes, and a farewell at the end. Each nameserver is told by
// itself; one that is down is told again at the next turn. Thread safety: Start and Stop from one
// thread; RegisterSoon from any.

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <memory>
#include <string>

#include "broker/handlers/parts.h"
#include "common/remoting/client.h"

namespace rewindmq::broker {

class Registration : public std::enable_shared_from_this<Registration> {
 public:
  // `parts` and `client` outlive the object's use of them, which Stop ends.
  Registration(asio::io_context& loop, Parts* parts, remoting::Client* client)
      : loop_(loop), timer_(loop), parts_(parts), client_(client) {}

  void Start();
  // Registers as soon as the loop gets to it; many calls in a row make one registration.
  void RegisterSoon();
  // Says farewell (104) to every nameserver, waiting a moment for each.
  void Stop();

 private:
  void RegisterAll();
  void ArmTimer();
  protocol::Outgoing Header(int32_t code) const;

  asio::io_context& loop_;
  asio::steady_timer timer_;
  Parts* parts_;
  remoting::Client* client_;
  std::atomic<bool> soon_{false};
  std::atomic<bool> stopped_{false};
};

}  // namespace rewindmq::broker
