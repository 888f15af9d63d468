#include "broker/store/segment_preparer.h"

#include <algorithm>

#include "common/base/thread_name.h"

namespace rewindmq::store {
namespace {

// Small steps, so that a writer that catches up finds most of the window ready.
constexpr int64_t kStepBytes = 1 << 20;

}  // namespace

SegmentPreparer::SegmentPreparer(CommitLog* log, int64_t window_bytes)
    : log_(log), window_bytes_(std::min(window_bytes, log->segments().segment_bytes() / 2)) {}

void SegmentPreparer::Start(int64_t log_end) {
  ready_ = log_end;
  if (window_bytes_ <= 0) return;
  thread_ = std::thread([this] {
    NameThisThread("prepare");
    Run();
  });
  Want(log_end);
}

void SegmentPreparer::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void SegmentPreparer::Want(int64_t log_end) {
  {
    std::lock_guard lock(mutex_);
    wanted_.store(log_end + window_bytes_, std::memory_order_relaxed);
    ready_ = std::max(ready_, log_end);
  }
  changed_.notify_one();
}

void SegmentPreparer::Run() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    int64_t wanted = wanted_.load(std::memory_order_relaxed);
    if (ready_ >= wanted) {
      changed_.wait(lock);
      continue;
    }
    int64_t from = ready_;
    int64_t end = std::min(wanted, from + kStepBytes);
    lock.unlock();
    Status made = log_->MakeReady(from, end);
    lock.lock();
    if (made.ok()) {
      ready_ = std::max(ready_, end);
    } else {
      wanted_.store(from, std::memory_order_relaxed);  // the next append asks again
    }
  }
}

}  // namespace rewindmq::store
