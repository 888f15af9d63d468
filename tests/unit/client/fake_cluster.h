#pragma once
// A nameserver and a broker in one, on a free port of loopback, with just enough memory to let a
// client produce, consume and be reset, and with switches for the answers that are hard to get from
// a sound broker. Thread safety: all methods from any thread.

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/protocol/heartbeat.h"
#include "common/protocol/offset_tables.h"
#include "common/protocol/route_data.h"
#include "common/remoting/server.h"

namespace rewindmq::client {

class FakeCluster {
 public:
  static constexpr const char* kBroker = "broker-a";

  // `io` outlives this.
  explicit FakeCluster(remoting::IoThreads* io, uint16_t port = 0);
  ~FakeCluster();

  const std::string& address() const { return address_; }
  uint16_t port() const { return port_; }

  void AddTopic(const std::string& topic, int32_t queues);
  void AddMessages(const std::string& topic, int32_t queue_id, int count, const std::string& tag);
  // The next `count` sends are answered with this code.
  void FailSends(int32_t code, int count);
  // The next pull of every queue is answered with 21 and this offset.
  void MoveOffsets(const std::string& topic, int64_t offset);
  // 220 to every connected consumer.
  void SendReset(const std::string& topic, const std::string& group, int64_t offset);
  // Adds a member that is no real client, and tells the others.
  void AddMember(const std::string& group, const std::string& client_id);

  std::optional<int64_t> Committed(const std::string& group, const std::string& topic,
                                   int32_t queue_id) const;
  void Commit(const std::string& group, const std::string& topic, int32_t queue_id, int64_t offset);
  std::map<int32_t, int> Stored(const std::string& topic) const;  // queue to messages
  std::string LastProperties() const;
  int Requests(int32_t code) const;
  std::set<std::string> Members(const std::string& group) const;
  std::optional<protocol::HeartbeatData> LastHeartbeat() const;
  // True when it came true before the deadline.
  bool WaitUntil(const std::function<bool()>& condition) const;

 private:
  using Command = protocol::Command;
  using Responder = remoting::Responder;
  struct Record {
    std::string body;
    std::string properties;
  };
  struct HeldPull {
    Responder responder;
    std::string topic;
    int32_t queue_id;
    int64_t offset;
  };
  using QueueKey = std::pair<std::string, int32_t>;

  void AddRouteHandlers();
  void AddGroupHandlers();
  void AddMessageHandlers();
  void Handle(int32_t code, void (FakeCluster::*handler)(const Command&, const Responder&));
  void OnRoute(const Command& request, const Responder& responder);
  void OnHeartbeat(const Command& request, const Responder& responder);
  void OnUnregister(const Command& request, const Responder& responder);
  void OnMembers(const Command& request, const Responder& responder);
  void OnQueryOffset(const Command& request, const Responder& responder);
  void OnCommit(const Command& request, const Responder& responder);
  void OnEdge(const Command& request, const Responder& responder);
  void OnSend(const Command& request, const Responder& responder);
  void OnPull(const Command& request, const Responder& responder);
  void OnSendBack(const Command& request, const Responder& responder);
  void Append(const QueueKey& key, Record record);
  std::string RecordsLocked(const QueueKey& key, int64_t offset, int64_t* next) const;

  remoting::Dispatcher dispatcher_;
  std::unique_ptr<remoting::Server> server_;
  uint16_t port_ = 0;
  std::string address_;

  mutable std::mutex mutex_;
  mutable std::condition_variable changed_;
  // All guarded by mutex_.
  std::map<std::string, int32_t> topics_;
  std::map<QueueKey, std::vector<Record>> queues_;
  std::map<std::string, std::set<std::string>> members_;
  std::map<std::string, std::map<QueueKey, int64_t>> committed_;
  std::map<QueueKey, int64_t> moved_;
  std::vector<HeldPull> held_;
  std::map<uint64_t, std::shared_ptr<remoting::Connection>> connections_;
  std::map<int32_t, int> requests_;
  std::optional<protocol::HeartbeatData> last_heartbeat_;
  std::string last_properties_;
  int32_t send_error_ = 0;
  int failing_sends_ = 0;
};

}  // namespace rewindmq::client
