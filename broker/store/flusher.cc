#include "broker/store/flusher.h"

#include <algorithm>

#include "common/base/thread_name.h"

namespace rewindmq::store {

Flusher::~Flusher() {
  // An error was reported through on_failure already.
  (void)Stop();
}

void Flusher::Start(LogPoint durable) {
  durable_ = durable;
  flush_thread_ = std::thread([this] {
    NameThisThread("flush");
    RunFlushes();
  });
  timeout_thread_ = std::thread([this] {
    NameThisThread("flush-timeout");
    RunTimeouts();
  });
}

Status Flusher::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  flush_wanted_.notify_all();
  timeouts_changed_.notify_all();
  if (flush_thread_.joinable()) flush_thread_.join();
  if (timeout_thread_.joinable()) timeout_thread_.join();
  std::lock_guard lock(mutex_);
  return failure_;
}

void Flusher::WhenDurable(int64_t end_offset, Done done) {
  // An offset behind the log's end would never be reached.
  end_offset = std::min(end_offset, log_->end_offset());
  bool is_durable = false;
  bool is_first = false;
  {
    std::lock_guard lock(mutex_);
    if (!failure_.ok()) return;
    is_durable = end_offset <= durable_.end_offset;
    is_first = waiters_.empty();
    if (!is_durable) {
      auto deadline =
          std::chrono::steady_clock::now() + std::chrono::milliseconds(options_.timeout_ms);
      waiters_.push_back({end_offset, deadline, std::move(done)});
    }
  }
  if (is_durable) {
    done(true);
  } else if (is_first) {  // otherwise both threads know already
    flush_wanted_.notify_one();
    timeouts_changed_.notify_one();
  }
}

LogPoint Flusher::durable() const {
  std::lock_guard lock(mutex_);
  return durable_;
}

std::vector<Flusher::Done> Flusher::TakeSatisfied() {
  std::vector<Done> satisfied;
  std::deque<Waiter> waiting;
  for (Waiter& waiter : waiters_) {
    if (waiter.end_offset <= durable_.end_offset) {
      satisfied.push_back(std::move(waiter.done));
    } else {
      waiting.push_back(std::move(waiter));
    }
  }
  waiters_ = std::move(waiting);
  return satisfied;
}

// Waiters that come while the sync runs gather for the next one.
Status Flusher::FlushOnce() {
  LogPoint target = options_.log_point();
  int64_t from = durable().end_offset;
  auto started = std::chrono::steady_clock::now();
  Status status = log_->Sync(from, target.end_offset);
  if (target.end_offset > from) {
    std::chrono::nanoseconds took = std::chrono::steady_clock::now() - started;
    latency_.Observe(took.count());
  }
  std::vector<Done> satisfied;
  std::deque<Waiter> dropped;
  {
    std::lock_guard lock(mutex_);
    if (status.ok()) {
      durable_ = target;
      satisfied = TakeSatisfied();
    } else {
      failure_ = status;
      dropped.swap(waiters_);
    }
  }
  for (const Done& done : satisfied) done(true);
  if (!status.ok()) options_.on_failure(status);
  return status;
}

void Flusher::RunFlushes() {
  const auto interval = std::chrono::milliseconds(options_.interval_ms);
  bool stopping = false;
  while (!stopping) {
    {
      std::unique_lock lock(mutex_);
      flush_wanted_.wait_for(lock, interval, [this] { return stopping_ || !waiters_.empty(); });
      stopping = stopping_;
    }
    if (!FlushOnce().ok()) return;
  }
}

// Apart from the flushing thread, because a sync that hangs must not hold up the bad news.
void Flusher::RunTimeouts() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (waiters_.empty()) {
      timeouts_changed_.wait(lock);
      continue;
    }
    if (std::chrono::steady_clock::now() < waiters_.front().deadline) {
      SteadyTime deadline = waiters_.front().deadline;
      timeouts_changed_.wait_until(lock, deadline);
      continue;
    }
    Done late = std::move(waiters_.front().done);
    waiters_.pop_front();
    lock.unlock();
    late(false);
    lock.lock();
  }
}

}  // namespace rewindmq::store
