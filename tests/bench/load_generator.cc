#include "tests/bench/load_generator.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <deque>
#include <filesystem>
#include <fstream>
#include <memory>

#include "common/base/bytes.h"
#include "common/base/file.h"

namespace rewindmq::bench {
namespace {

constexpr size_t kReadBytes = 1 << 20;
constexpr size_t kFrameLengthBytes = 4;
constexpr int kDrainMs = 10'000;

int64_t NowNs() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Status Errno(const std::string& what) {
  return {ErrorCode::kUnavailable, what + ": " + std::strerror(errno)};
}

Result<FileDescriptor> Connect(int port) {
  FileDescriptor socket(::socket(AF_INET, SOCK_STREAM, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    return Errno("connect to port " + std::to_string(port));
  }
  int on = 1;
  ::setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return socket;
}

struct Peer {
  FileDescriptor socket;
  std::string output;
  std::vector<char> input = std::vector<char>(kReadBytes);
  size_t input_size = 0;
  std::deque<int64_t> sent_ns;
};

class Load {
 public:
  Load(const LoadOptions& options, const MakeRequest& make, const TakeAnswer& take)
      : options_(options), make_(make), take_(take) {}

  Result<LoadResult> Run() {
    REWIND_TRY(Open());
    std::map<std::string, double> cpu_before = CpuSecondsByThread(options_.pid);
    int64_t begin_ns = NowNs();
    end_ns_ = begin_ns + options_.duration_ms * 1'000'000;
    for (int i = 0; i < options_.connections; ++i) REWIND_TRY(Ask(i, options_.in_flight));
    while (waiting_ > 0) {
      if (NowNs() > end_ns_ + int64_t{kDrainMs} * 1'000'000) {
        return Status(ErrorCode::kTimeout, std::to_string(waiting_) + " answers are missing");
      }
      REWIND_TRY(Turn());
    }
    LoadResult result;
    result.answers = static_cast<int64_t>(latencies_ns_.size());
    result.seconds = static_cast<double>(NowNs() - begin_ns) * 1e-9;
    result.server_cpu_seconds = CpuSecondsByThread(options_.pid);
    for (const auto& [name, seconds] : cpu_before) result.server_cpu_seconds[name] -= seconds;
    std::sort(latencies_ns_.begin(), latencies_ns_.end());
    if (!latencies_ns_.empty()) {
      result.p50_us = static_cast<double>(latencies_ns_[latencies_ns_.size() / 2]) / 1000;
      result.p99_us = static_cast<double>(latencies_ns_[latencies_ns_.size() * 99 / 100]) / 1000;
    }
    return result;
  }

 private:
  Status Open() {
    epoll_ = FileDescriptor(::epoll_create1(0));
    for (int i = 0; i < options_.connections; ++i) {
      auto peer = std::make_unique<Peer>();
      REWIND_TRY_ASSIGN(peer->socket, Connect(options_.port));
      epoll_event event{};
      event.events = EPOLLIN;
      event.data.u32 = static_cast<uint32_t>(i);
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, peer->socket.get(), &event);
      peers_.push_back(std::move(peer));
    }
    return Status::Ok();
  }

  Status Ask(int connection, int count) {
    Peer& peer = *peers_[static_cast<size_t>(connection)];
    peer.output.clear();
    for (int i = 0; i < count; ++i) make_(connection, &peer.output);
    size_t sent = 0;
    while (sent < peer.output.size()) {
      ssize_t wrote = ::send(peer.socket.get(), peer.output.data() + sent,
                             peer.output.size() - sent, MSG_NOSIGNAL);
      if (wrote < 0) return Errno("send");
      sent += static_cast<size_t>(wrote);
    }
    int64_t now_ns = NowNs();
    for (int i = 0; i < count; ++i) peer.sent_ns.push_back(now_ns);
    waiting_ += count;
    return Status::Ok();
  }

  Status Turn() {
    constexpr int kEvents = 64;
    epoll_event events[kEvents];
    int ready = ::epoll_wait(epoll_.get(), events, kEvents, 1000);
    for (int i = 0; i < ready; ++i) REWIND_TRY(OnReadable(static_cast<int>(events[i].data.u32)));
    return Status::Ok();
  }

  Status OnReadable(int connection) {
    Peer& peer = *peers_[static_cast<size_t>(connection)];
    ssize_t got = ::recv(peer.socket.get(), peer.input.data() + peer.input_size,
                         peer.input.size() - peer.input_size, 0);
    if (got <= 0) return Errno("the server has closed a connection");
    peer.input_size += static_cast<size_t>(got);
    int64_t now_ns = NowNs();
    size_t at = 0;
    int answered = 0;
    while (peer.input_size - at >= kFrameLengthBytes) {
      size_t length = LoadBe<uint32_t>(peer.input.data() + at);
      if (length + kFrameLengthBytes > peer.input.size()) {
        return {ErrorCode::kCorruption, "an answer of " + std::to_string(length) + " bytes"};
      }
      if (peer.input_size - at < length + kFrameLengthBytes) break;
      REWIND_TRY(take_(connection, {peer.input.data() + at + kFrameLengthBytes, length}));
      latencies_ns_.push_back(now_ns - peer.sent_ns.front());
      peer.sent_ns.pop_front();
      at += length + kFrameLengthBytes;
      ++answered;
    }
    std::memmove(peer.input.data(), peer.input.data() + at, peer.input_size - at);
    peer.input_size -= at;
    waiting_ -= answered;
    return answered > 0 && now_ns < end_ns_ ? Ask(connection, answered) : Status::Ok();
  }

  const LoadOptions& options_;
  const MakeRequest& make_;
  const TakeAnswer& take_;
  FileDescriptor epoll_;
  std::vector<std::unique_ptr<Peer>> peers_;
  std::vector<int64_t> latencies_ns_;
  int64_t waiting_ = 0;
  int64_t end_ns_ = 0;
};

}  // namespace

std::map<std::string, double> CpuSecondsByThread(int pid) {
  std::map<std::string, double> seconds;
  std::error_code gone;
  std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks, gone)) {
    int64_t on_cpu_ns = 0;
    std::ifstream(task.path() / "schedstat") >> on_cpu_ns;
    std::string name;
    std::getline(std::ifstream(task.path() / "comm"), name);
    seconds[name] += static_cast<double>(on_cpu_ns) * 1e-9;
  }
  return seconds;
}

Result<LoadResult> RunLoad(const LoadOptions& options, const MakeRequest& make,
                           const TakeAnswer& take) {
  return Load(options, make, take).Run();
}

}  // namespace rewindmq::bench
