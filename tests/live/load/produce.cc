#include "tests/live/load/produce.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "client/send_request.h"
#include "common/base/clock.h"
#include "common/remoting/client.h"
#include "tests/live/load/pattern.h"

namespace rewindmq::live {
namespace {

constexpr auto kReconnectPause = std::chrono::milliseconds(2);
constexpr auto kRefusedPause = std::chrono::milliseconds(5);

int64_t NowUs() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

enum class Outcome { kAcked, kRefused, kUnknown };

const char* NameOf(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAcked:
      return "acked";
    case Outcome::kRefused:
      return "refused";
    case Outcome::kUnknown:
      return "unknown";
  }
  return "?";
}

struct Operation {
  int64_t seq = 0;
  int64_t invoked_us = 0;
  int64_t returned_us = 0;
  int64_t queue_offset = -1;
  int32_t queue = 0;
  int32_t code = 0;
  Outcome outcome = Outcome::kUnknown;
};

class Load {
 public:
  explicit Load(const ProduceOptions& options) : options_(options) {}

  Status Run(int stop_fd) {
    histories_.resize(static_cast<size_t>(options_.producers));
    std::vector<std::thread> threads;
    running_ = options_.producers;
    for (int32_t i = 0; i < options_.producers; ++i) {
      threads.emplace_back([this, i] { RunProducer(i); });
    }
    WaitForStop(stop_fd);
    {
      std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    for (std::thread& thread : threads) thread.join();
    return WriteHistory();
  }

 private:
  void WaitForStop(int stop_fd) {
    pollfd events[] = {{stop_fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}, {done_, POLLIN, 0}};
    while (::poll(events, 3, -1) < 0) {
    }
  }

  void RunProducer(int32_t index) {
    // A client each, because a client shares one connection among its callers.
    remoting::Client client(&io_, nullptr);
    std::vector<Operation>& history = histories_[static_cast<size_t>(index)];
    for (int64_t seq = 0; options_.max_messages == 0 || seq < options_.max_messages; ++seq) {
      Operation operation = SendOne(&client, index, seq);
      history.push_back(operation);
      Tell(operation);
      std::unique_lock lock(mutex_);
      if (operation.outcome == Outcome::kUnknown) {
        changed_.wait_for(lock, kReconnectPause, [this] { return stopping_; });
      } else if (operation.outcome == Outcome::kRefused) {
        changed_.wait_for(lock, kRefusedPause, [this] { return stopping_; });
      }
      if (stopping_) break;
    }
    if (--running_ == 0) (void)::eventfd_write(done_, 1);
  }

  Operation SendOne(remoting::Client* client, int32_t index, int64_t seq) {
    Origin origin{options_.first_producer + index, seq};
    Operation operation;
    operation.seq = seq;
    operation.queue = static_cast<int32_t>((index + seq) % options_.queues);
    client::Message message;
    message.topic = options_.topic;
    message.body = MakeBody(origin, options_.body_bytes);
    client::PublishQueue target{{options_.topic, "", operation.queue}, options_.address};
    client::SendSettings settings{"live-load", options_.queues};
    protocol::Outgoing request =
        client::MakeSendRequest(message, client::MessageProperties(message, UniqueId(origin)),
                                settings, target, SystemClock().WallMs());
    operation.invoked_us = NowUs();
    auto reply = client->InvokeSync(options_.address, std::move(request), options_.timeout_ms);
    operation.returned_us = NowUs();
    if (reply.ok()) ReadAnswer(reply->command, target, &operation);
    return operation;
  }

  static void ReadAnswer(const protocol::Command& answer, const client::PublishQueue& target,
                         Operation* operation) {
    operation->code = answer.code;
    auto sent = client::ReadSendAnswer(answer, target, "");
    if (!sent.ok()) {
      operation->outcome = Outcome::kRefused;
      return;
    }
    operation->queue_offset = sent->queue_offset;
    bool safe = sent->status == client::SendStatus::kOk;
    operation->outcome = safe ? Outcome::kAcked : Outcome::kUnknown;
  }

  void Tell(const Operation& operation) {
    int32_t now = static_cast<int32_t>(operation.outcome) * 65536 + operation.code;
    if (told_.load(std::memory_order_relaxed) == now) return;
    std::lock_guard lock(tell_mutex_);  // the last line must be what is true at last
    if (told_.exchange(now) == now) return;
    std::printf("result %s %d\n", NameOf(operation.outcome), operation.code);
    std::fflush(stdout);
  }

  Status WriteHistory() {
    std::FILE* file = std::fopen(options_.history_path.c_str(), "w");
    if (file == nullptr) return Status::FromErrno("create " + options_.history_path, errno);
    for (size_t i = 0; i < histories_.size(); ++i) {
      for (const Operation& one : histories_[i]) {
        std::fprintf(file, "%d %d %lld %lld %lld %s %lld %d\n",
                     options_.first_producer + static_cast<int>(i), one.queue,
                     static_cast<long long>(one.seq), static_cast<long long>(one.invoked_us),
                     static_cast<long long>(one.returned_us), NameOf(one.outcome),
                     static_cast<long long>(one.queue_offset), one.code);
      }
    }
    if (std::fclose(file) != 0) return Status::FromErrno("write " + options_.history_path, errno);
    return Status::Ok();
  }

  const ProduceOptions options_;
  remoting::IoThreads io_{2};
  std::vector<std::vector<Operation>> histories_;  // one each, touched by its producer only
  std::mutex tell_mutex_;
  std::atomic<int32_t> told_{-1};
  std::atomic<int32_t> running_{0};
  const int done_ = ::eventfd(0, EFD_CLOEXEC);  // readable when every producer has sent all it had
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_
};

}  // namespace

Status Produce(const ProduceOptions& options, int stop_fd) { return Load(options).Run(stop_fd); }

}  // namespace rewindmq::live
