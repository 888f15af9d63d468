#include "cli/send.h"

#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <iomanip>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <thread>
#include <utility>

#include "client/routes.h"
#include "common/base/clock.h"
#include "common/protocol/codes.h"

namespace rewindmq::cli {
namespace {

// Messages under way at once: enough to keep a broker busy, far below what one refuses.
constexpr int64_t kWindow = 512;
constexpr int64_t kProgressIntervalMs = 100;
constexpr auto kNotYetPause = std::chrono::milliseconds(50);

// Counts answers and remembers the first error.
class Tally {
 public:
  void Begin() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ < kWindow; });
    ++under_way_;
  }
  void End(const Status& status) {
    std::lock_guard lock(mutex_);
    --under_way_;
    if (status.ok()) {
      ++stored_;
    } else if (first_error_.ok()) {
      first_error_ = status;
    }
    changed_.notify_all();
  }
  bool failed() const {
    std::lock_guard lock(mutex_);
    return !first_error_.ok();
  }
  int64_t stored() const {
    std::lock_guard lock(mutex_);
    return stored_;
  }
  Status Finish() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return under_way_ == 0; });
    return first_error_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  int64_t under_way_ = 0;
  int64_t stored_ = 0;
  Status first_error_;
};

// A line on stderr that is written over, for people only.
class Progress {
 public:
  explicit Progress(int64_t total) : total_(total), shown_(isatty(STDERR_FILENO) == 1) {}
  ~Progress() {
    if (shown_) std::cerr << "\r\x1b[K";
  }
  void Show(int64_t done) {
    int64_t now_ms = SystemClock().SteadyMs();
    if (!shown_ || now_ms < next_ms_) return;
    next_ms_ = now_ms + kProgressIntervalMs;
    std::cerr << "\rsent " << done << " of " << total_ << std::flush;
  }

 private:
  const int64_t total_;
  const bool shown_;
  int64_t next_ms_ = 0;
};

}  // namespace

std::string BodyOf(const std::string& pattern, int64_t index) {
  std::string body = pattern;
  std::string number = std::to_string(index);
  for (size_t at = body.find("%d"); at != std::string::npos; at = body.find("%d", at)) {
    body.replace(at, 2, number);
    at += number.size();
  }
  return body;
}

void Send::AddOptions(CLI::App* app) {
  app->add_option("-n,--namesrvAddr", name_servers_, "nameservers, like 'a:9876;b:9876'")
      ->envname("NAMESRV_ADDR")
      ->required();
  app->add_option("-t,--topic", topic_, "the topic")->required();
  app->add_option("-c,--count", count_, "how many messages")
      ->check(CLI::Range(int64_t{1}, INT64_MAX))
      ->capture_default_str();
  app->add_option("--tag", tag_, "a tag for every message");
  app->add_option("--body", body_, "the text; %d stands for the number of the message")
      ->capture_default_str();
  app->add_option("-g,--group", group_, "the producer group")->capture_default_str();
  app->add_option("--wait-ms", wait_ms_, "how long to wait for servers that have not come up yet")
      ->check(CLI::Range(int64_t{0}, int64_t{3'600'000}))
      ->capture_default_str();
}

// Nameservers learn of a broker a moment after its start and tell nobody, so they are asked again.
Status Send::SendFirst(client::Producer* producer, const client::Message& message) const {
  int64_t deadline_ms = SystemClock().SteadyMs() + wait_ms_;
  while (true) {
    Status sent = producer->Send(message).status();
    bool not_yet =
        sent.response_code() == protocol::kTopicNotExist || sent.code() == ErrorCode::kUnavailable;
    if (!not_yet || SystemClock().SteadyMs() >= deadline_ms) return sent;
    std::this_thread::sleep_for(kNotYetPause);
  }
}

Status Send::Run(std::ostream& out) {
  client::ProducerOptions options;
  options.group = group_;
  REWIND_TRY_ASSIGN(options.name_servers, client::ParseNameServers(name_servers_));
  REWIND_TRY_ASSIGN(auto producer, client::Producer::Start(std::move(options)));
  int64_t begin_ms = SystemClock().SteadyMs();
  Tally tally;
  Progress progress(count_);
  for (int64_t i = 0; i < count_ && !tally.failed(); ++i) {
    client::Message message{.topic = topic_, .body = BodyOf(body_, i), .tag = tag_};
    tally.Begin();
    if (i == 0) {
      // Alone, because it may have to bring the topic into being.
      tally.End(SendFirst(producer.get(), message));
    } else {
      producer->SendAsync(std::move(message), [&tally](const Result<client::SendResult>& sent) {
        tally.End(sent.status());
      });
    }
    progress.Show(tally.stored());
  }
  Status finished = tally.Finish();
  if (!finished.ok()) {
    return finished.WithContext(std::to_string(tally.stored()) + " of " + std::to_string(count_) +
                                " messages were sent, then");
  }
  std::ostringstream seconds;
  seconds << std::fixed << std::setprecision(1)
          << static_cast<double>(SystemClock().SteadyMs() - begin_ms) / 1000.0;
  out << tally.stored() << " messages sent in " << seconds.str() << " s\n";
  return Status::Ok();
}

}  // namespace rewindmq::cli
