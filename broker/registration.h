#pragma once
// Keeps the nameservers informed of this broker and its topics (BrokerOuterAPI): at the start,
// every 30 s, at once when a topic changes, and a farewell at the end. Each nameserver is told by
// itself, so that one that is down or slow costs the others nothing; it is told again soon, at
// first after half a second and then more and more rarely, up to every turn. One registration a
// nameserver is under way at any time: changes meanwhile make one more. Thread safety: Start and
// Stop from one thread; RegisterSoon and SetNameServers from any.

#include <asio/io_context.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

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
  // Those who are new are told at once; those who are not in the list any more get a farewell.
  void SetNameServers(std::vector<std::string> addresses);
  // Says farewell (104) to every nameserver, to all at once, and waits a moment for their answers.
  void Stop();

 private:
  struct NameServer {
    NameServer(std::string where, asio::io_context& loop)
        : address(std::move(where)), retry(loop) {}
    const std::string address;
    asio::steady_timer retry;
    int64_t retry_ms = 0;  // the last pause before it was told again; 0 = it answered
    bool asking = false;   // a request to it is under way
    bool again = false;    // something changed meanwhile
    bool failing = false;  // said once, not every 30 s
  };
  using NameServerPtr = std::shared_ptr<NameServer>;

  // The methods below run on the loop.
  void Turn();
  void RegisterAll();
  void Register(const NameServerPtr& server);
  void RegisterIfChanged(const NameServerPtr& server);
  void OnRegistered(const NameServerPtr& server, const Result<remoting::Reply>& reply);
  // Whether something changed while it was asked, so that it was told at once again.
  bool Answered(const NameServerPtr& server);
  void Report(const NameServerPtr& server, const std::string& problem);
  void RetrySoon(const NameServerPtr& server);
  // Topics named in the nameserver's order configuration are ordered (updateOrderTopicConfig).
  void ApplyOrders(std::string_view kv_table);
  protocol::Outgoing RegistrationRequest() const;
  protocol::Outgoing Header(int32_t code) const;

  asio::io_context& loop_;
  asio::steady_timer timer_;  // on the loop
  Parts* parts_;
  remoting::Client* client_;
  std::vector<NameServerPtr> servers_;  // on the loop
  std::atomic<bool> soon_{false};
  std::atomic<bool> stopped_{false};
};

}  // namespace rewindmq::broker
