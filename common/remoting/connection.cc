#include "common/remoting/connection.h"

#include <algorithm>
#include <asio/buffer.hpp>
#include <asio/post.hpp>
#include <asio/write.hpp>
#include <cstring>

#include "common/base/clock.h"
#include "common/base/log.h"

namespace rewindmq::remoting {
namespace {

constexpr size_t kInputStartBytes = 4 * 1024;
// A buffer that a large frame has grown is given back once it is empty.
constexpr size_t kInputKeepBytes = 64 * 1024;
constexpr size_t kGrowBytes = 64 * 1024;
constexpr size_t kSharedInputBytes = 256 * 1024;

std::string_view Rebase(std::string_view view, const char* from, const char* to) {
  return view.empty() ? std::string_view()
                      : std::string_view(to + (view.data() - from), view.size());
}

std::string AddressText(const asio::ip::tcp::endpoint& endpoint) {
  std::string ip = endpoint.address().to_string();
  if (endpoint.address().is_v6()) ip = "[" + ip + "]";
  return ip + ":" + std::to_string(endpoint.port());
}

}  // namespace

std::atomic<uint64_t> Connection::next_id_{1};

Connection::Connection(asio::io_context& loop, asio::ip::tcp::socket socket,
                       const Dispatcher* dispatcher, ConnectionLimits limits)
    : loop_(loop),
      socket_(std::move(socket)),
      timer_(loop),
      dispatcher_(dispatcher),
      limits_(limits),
      id_(next_id_++) {
  asio::error_code error;
  remote_endpoint_ = socket_.remote_endpoint(error);
  remote_address_ = AddressText(remote_endpoint_);
  socket_.set_option(asio::ip::tcp::no_delay(true), error);
  socket_.non_blocking(true, error);
  last_active_ms_ = SystemClock().SteadyMs();
}

void Connection::Start(std::function<void(const std::shared_ptr<Connection>&)> on_closed) {
  on_closed_ = std::move(on_closed);
  asio::post(loop_, [self = shared_from_this()] {
    if (!self->open()) return;
    self->ArmTimer();
    self->Read();
  });
}

void Connection::Read() {
  if (reading_ || !open()) return;
  if (input_.empty()) input_.resize(kInputStartBytes);
  reading_ = true;
  socket_.async_read_some(
      asio::buffer(input_.data() + input_size_, input_.size() - input_size_),
      [self = shared_from_this()](const asio::error_code& error, size_t got) {
        self->reading_ = false;
        if (error) {
          self->CloseNow(Status(ErrorCode::kUnavailable, "connection lost: " + error.message()));
        } else if (self->open()) {
          self->OnRead(got);
        }
      });
}

void Connection::OnRead(size_t got) {
  input_size_ += got;
  last_active_ms_ = SystemClock().SteadyMs();
  draining_ = true;
  bool sound = HandleInput();
  draining_ = false;
  Flush();
  if (!sound) return;
  // A peer that does not read its answers may not ask for more.
  if (PendingOutput() < limits_.pending_output_high_bytes) Read();
}

size_t Connection::PendingOutput() {
  std::lock_guard lock(mutex_);
  return output_bytes_;
}

bool Connection::HandleInput() {
  // A small buffer that is full: the rest is read into one that all connections of this thread
  // share, so that a batch of requests costs two calls, and an idle connection no memory.
  static thread_local std::vector<char> shared(kSharedInputBytes);
  std::string_view unread(input_.data(), input_size_);
  if (input_size_ == input_.size() && input_size_ <= kInputStartBytes) {
    std::memcpy(shared.data(), input_.data(), input_size_);
    asio::error_code error;
    size_t got = socket_.read_some(
        asio::buffer(shared.data() + input_size_, shared.size() - input_size_), error);
    // An error shows again at the next read.
    unread = {shared.data(), input_size_ + (error ? 0 : got)};
  }
  if (!DrainFrames(&unread)) return false;
  KeepUnread(unread);
  return true;
}

bool Connection::DrainFrames(std::string_view* unread) {
  while (open()) {
    Result<protocol::FrameSize> frame = protocol::PeekFrame(*unread, limits_.frame_bytes);
    if (!frame.ok()) {
      CloseNow(frame.status());
      return false;
    }
    frame_bytes_ = frame->total_bytes;
    if (!frame->complete) return true;
    HandleFrame(const_cast<char*>(unread->data()) + protocol::kFrameLengthBytes,
                frame->total_bytes - protocol::kFrameLengthBytes);
    unread->remove_prefix(frame->total_bytes);
  }
  return false;
}

// A frame's announced length is only a claim: memory grows with what has really arrived, by
// doubling.
void Connection::KeepUnread(std::string_view unread) {
  size_t room = std::min(frame_bytes_, std::max(2 * unread.size(), unread.size() + kGrowBytes));
  room = std::max({room, unread.size() + 1, kInputStartBytes});
  if (unread.empty() && input_.size() > kInputKeepBytes) {
    input_ = std::vector<char>(kInputStartBytes);
  } else if (input_.size() < room) {
    std::vector<char> larger(room);
    std::memcpy(larger.data(), unread.data(), unread.size());
    input_ = std::move(larger);
  } else if (unread.data() != input_.data()) {
    std::memmove(input_.data(), unread.data(), unread.size());
  }
  input_size_ = unread.size();
}

void Connection::HandleFrame(char* frame, size_t size) {
  protocol::Command command;
  Status decoded = protocol::DecodeCommand(frame, size, &command);
  if (!decoded.ok()) {
    CloseNow(decoded);
  } else if (command.IsResponse()) {
    HandleReply(frame, size, command);
  } else if (dispatcher_ != nullptr) {
    dispatcher_->Dispatch(command, Responder(shared_from_this(), command));
  }
}

void Connection::HandleReply(const char* frame, size_t size, const protocol::Command& command) {
  ReplyCallback callback;
  {
    std::lock_guard lock(mutex_);
    auto it = waiting_.find(command.opaque);
    if (it == waiting_.end()) return;  // too late: its time-out has been reported
    callback = std::move(it->second.callback);
    waiting_.erase(it);
  }
  Reply reply;
  reply.frame = std::make_unique<char[]>(size);
  std::memcpy(reply.frame.get(), frame, size);
  const char* copy = reply.frame.get();
  reply.command = command;
  reply.command.remark = Rebase(command.remark, frame, copy);
  reply.command.body = Rebase(command.body, frame, copy);
  reply.command.fields.Clear();
  for (const protocol::Field& field : command.fields) {
    reply.command.fields.Add(Rebase(field.name, frame, copy), Rebase(field.value, frame, copy));
  }
  callback(std::move(reply));
}

void Connection::Send(const protocol::Outgoing& command) {
  Enqueue([&](OutputBatch* output) {
    return output->Add([&](std::string* out) { protocol::AppendFrame(command, out); });
  });
}

void Connection::Send(protocol::Outgoing command, std::vector<std::string_view> body_parts,
                      std::vector<std::shared_ptr<const void>> keep_alive) {
  for (std::string_view part : body_parts) command.extra_body_bytes += part.size();
  Enqueue([&](OutputBatch* output) {
    return output->Add([&](std::string* out) { protocol::AppendFrame(command, out); },
                       std::move(body_parts), std::move(keep_alive));
  });
}

void Connection::Invoke(protocol::Outgoing request, int32_t timeout_ms, ReplyCallback callback) {
  request.opaque = next_opaque_++;
  int64_t deadline_ms = SystemClock().SteadyMs() + timeout_ms;
  bool refused = false;
  {
    std::lock_guard lock(mutex_);
    refused = !open() || waiting_.size() >= limits_.outstanding_requests;
    if (!refused) {
      waiting_[request.opaque] = Waiting{std::move(callback), deadline_ms};
    }
  }
  if (refused) {
    callback(open() ? Status(ErrorCode::kResourceExhausted,
                             "too many requests wait for " + remote_address_)
                    : Status(ErrorCode::kUnavailable, remote_address_ + " is disconnected"));
    return;
  }
  Send(request);
  int64_t due_ms = timer_due_ms_;
  if (due_ms != 0 && due_ms <= deadline_ms) return;  // the timer wakes in time anyway
  asio::post(loop_, [self = shared_from_this()] { self->ArmTimer(); });
}

void Connection::InvokeOneway(protocol::Outgoing request) {
  request.opaque = next_opaque_++;
  request.flag |= protocol::kOnewayFlag;
  Send(request);
}

template <typename Add>
void Connection::Enqueue(Add add) {
  bool on_loop = loop_.get_executor().running_in_this_thread();
  bool overflow = false;
  {
    std::lock_guard lock(mutex_);
    if (!open()) return;
    output_bytes_ += add(&output_);
    overflow = output_bytes_ > limits_.pending_output_max_bytes;
    if (!overflow) {
      // Answers given while frames are drained leave together, at the end of the draining.
      if ((on_loop && draining_) || flush_posted_) return;
      flush_posted_ = true;
    }
  }
  if (overflow) {
    spdlog::warn("{} does not read its answers ({} bytes wait); connection closed", remote_address_,
                 limits_.pending_output_max_bytes);
    Close();
    return;
  }
  asio::post(loop_, [self = shared_from_this()] { self->Flush(); });
}

void Connection::Flush() {
  do {
    std::lock_guard lock(mutex_);
    flush_posted_ = false;
    if (writing_ || output_.empty() || !open()) return;
    std::swap(in_flight_, output_);
    writing_ = true;
  } while (WriteInFlight());
}

bool Connection::WriteInFlight() {
  Result<size_t> written = in_flight_.WriteTo(socket_.native_handle());
  if (!written.ok()) {
    writing_ = false;
    CloseNow(written.status());
    return false;
  }
  {
    std::lock_guard lock(mutex_);
    output_bytes_ -= *written;
  }
  if (*written > 0) last_active_ms_ = SystemClock().SteadyMs();
  if (in_flight_.done()) {
    in_flight_.Clear();
    writing_ = false;
    return true;
  }
  socket_.async_wait(asio::ip::tcp::socket::wait_write,
                     [self = shared_from_this()](const asio::error_code& error) {
                       if (error || !self->open()) return;
                       if (self->WriteInFlight()) self->Flush();
                       if (self->PendingOutput() < self->limits_.pending_output_high_bytes / 2) {
                         self->Read();
                       }
                     });
  return false;
}

// Wakes at the earliest of the idle limit and the deadlines of our own requests.
void Connection::ArmTimer() {
  if (!open()) return;
  int64_t due = last_active_ms_ + limits_.idle_timeout_ms;
  {
    std::lock_guard lock(mutex_);
    for (const auto& [opaque, waiting] : waiting_) due = std::min(due, waiting.deadline_ms);
  }
  if (timer_due_ms_ != 0 && timer_due_ms_ <= due) return;
  timer_due_ms_ = due;
  timer_.expires_after(
      std::chrono::milliseconds(std::max<int64_t>(due - SystemClock().SteadyMs(), 1)));
  timer_.async_wait([weak = weak_from_this()](const asio::error_code& error) {
    if (error) return;
    if (auto self = weak.lock()) self->OnTimer();
  });
}

void Connection::OnTimer() {
  timer_due_ms_ = 0;
  int64_t now = SystemClock().SteadyMs();
  std::vector<Waiting> late;
  {
    std::lock_guard lock(mutex_);
    for (auto it = waiting_.begin(); it != waiting_.end();) {
      if (it->second.deadline_ms > now) {
        ++it;
        continue;
      }
      late.push_back(std::move(it->second));
      it = waiting_.erase(it);
    }
  }
  CompleteWaiting(std::move(late),
                  Status(ErrorCode::kTimeout, "no answer from " + remote_address_ + " in time"));
  if (now - last_active_ms_ >= limits_.idle_timeout_ms) {
    CloseNow(Status(ErrorCode::kUnavailable,
                    "idle for " + std::to_string(limits_.idle_timeout_ms) + " ms"));
    return;
  }
  ArmTimer();
}

void Connection::CompleteWaiting(std::vector<Waiting> waiting, const Status& why) {
  for (Waiting& one : waiting) one.callback(why);
}

void Connection::Close() {
  asio::post(loop_, [self = shared_from_this()] {
    self->CloseNow(Status(ErrorCode::kUnavailable, "closed"));
  });
}

void Connection::CloseNow(const Status& why) {
  if (!open_.exchange(false)) return;
  spdlog::debug("connection {} ended: {}", remote_address_, why.message());
  asio::error_code ignored;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
  socket_.close(ignored);
  timer_.cancel();
  std::vector<Waiting> waiting;
  {
    std::lock_guard lock(mutex_);
    for (auto& [opaque, one] : waiting_) waiting.push_back(std::move(one));
    waiting_.clear();
    output_.Clear();
  }
  CompleteWaiting(std::move(waiting),
                  Status(ErrorCode::kUnavailable, remote_address_ + ": " + why.message()));
  if (on_closed_) on_closed_(shared_from_this());
  on_closed_ = nullptr;
}

}  // namespace rewindmq::remoting
