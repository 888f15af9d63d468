#pragma once
// One TCP connection that speaks remoting commands in both directions: either side may ask, so a
// server's connection also carries requests to the client (codes 40, 220, 307). All frames of one
// readable event are handled before their answers are written in one go.
// Thread safety: Send, Invoke, InvokeOneway and Close may be called from any thread; handlers and
// callbacks run on the connection's loop. Lifetime: shared; it keeps itself while it is open.

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/command.h"
#include "common/remoting/dispatcher.h"
#include "common/remoting/output_batch.h"

namespace rewindmq::remoting {

struct ConnectionLimits {
  size_t frame_bytes = protocol::kMaxFrameBytes;
  // Answers that the peer does not read: above this we stop reading its requests.
  size_t pending_output_high_bytes = 8U << 20;
  // Above this the peer is given up.
  size_t pending_output_max_bytes = 64U << 20;
  int32_t idle_timeout_ms = 120'000;
  size_t outstanding_requests = 4096;  // ours, waiting for the peer's answer
};

// An answer to one of our requests, with the bytes that its views point into.
struct Reply {
  std::unique_ptr<char[]> frame;
  protocol::Command command;
};
// kTimeout, kUnavailable (connection lost or refused), or the peer's answer whatever its code.
using ReplyCallback = std::function<void(Result<Reply>)>;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `loop` runs the socket; both outlive the connection. The dispatcher may be shared.
  Connection(asio::io_context& loop, asio::ip::tcp::socket socket, const Dispatcher* dispatcher,
             ConnectionLimits limits);

  // Begins reading. `on_closed` runs once on the loop when the connection has ended.
  void Start(std::function<void(const std::shared_ptr<Connection>&)> on_closed);

  void Send(const protocol::Outgoing& command);
  void Send(protocol::Outgoing command, std::vector<std::string_view> body_parts,
            std::vector<std::shared_ptr<const void>> keep_alive);
  // Sends a request; the callback runs exactly once.
  void Invoke(protocol::Outgoing request, int32_t timeout_ms, ReplyCallback callback);
  void InvokeOneway(protocol::Outgoing request);
  // Ends the connection; pending callbacks get kUnavailable.
  void Close();

  // Steady; when bytes were last read or written.
  int64_t last_active_ms() const { return last_active_ms_.load(std::memory_order_relaxed); }
  bool open() const { return open_.load(std::memory_order_relaxed); }
  uint64_t id() const { return id_; }
  // "10.0.0.1:51234"
  const std::string& remote_address() const { return remote_address_; }
  const asio::ip::tcp::endpoint& remote_endpoint() const { return remote_endpoint_; }

 private:
  struct Waiting {
    ReplyCallback callback;
    int64_t deadline_ms;
  };

  void Read();
  void OnRead(size_t got);
  // Handles what is in the input buffer and, when that was full, all that the socket has. False
  // when the stream is broken.
  bool HandleInput();
  // Handles every complete frame and leaves what is unfinished; false when the stream is broken.
  bool DrainFrames(std::string_view* unread);
  // Keeps the beginning of a frame in the input buffer, and makes room for more of it.
  void KeepUnread(std::string_view unread);
  void HandleFrame(char* frame, size_t size);
  void HandleReply(const char* frame, size_t size, const protocol::Command& command);
  void CompleteWaiting(std::vector<Waiting> waiting, const Status& why);
  // `add(OutputBatch*)` returns the number of bytes.
  template <typename Add>
  void Enqueue(Add add);
  size_t PendingOutput();
  void Flush();
  // Writes until all has left (true) or the socket takes no more; then it goes on by itself.
  bool WriteInFlight();
  void ArmTimer();
  void OnTimer();
  void CloseNow(const Status& why);

  static std::atomic<uint64_t> next_id_;

  asio::io_context& loop_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  const Dispatcher* dispatcher_;
  const ConnectionLimits limits_;
  const uint64_t id_;
  std::string remote_address_;
  asio::ip::tcp::endpoint remote_endpoint_;
  std::function<void(const std::shared_ptr<Connection>&)> on_closed_;
  std::atomic<bool> open_{true};
  std::atomic<int32_t> next_opaque_{0};
  std::atomic<int64_t> last_active_ms_{0};
  std::atomic<int64_t> timer_due_ms_{0};  // written on the loop; 0 = not armed

  // Touched on the loop only.
  std::vector<char> input_;
  size_t input_size_ = 0;   // bytes of an unfinished frame, and of what was just read
  size_t frame_bytes_ = 0;  // of the unfinished frame, when it is known
  bool reading_ = false;
  bool draining_ = false;
  bool writing_ = false;
  OutputBatch in_flight_;

  std::mutex mutex_;
  OutputBatch output_;                            // guarded by mutex_
  size_t output_bytes_ = 0;                       // guarded by mutex_; in flight included
  bool flush_posted_ = false;                     // guarded by mutex_
  std::unordered_map<int32_t, Waiting> waiting_;  // guarded by mutex_
};

}  // namespace rewindmq::remoting
