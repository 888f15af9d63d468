#include "broker/timer/timer_delivery.h"

#include <algorithm>

#include "common/base/log.h"
#include "common/base/metadata_file.h"
#include "common/base/parse.h"

namespace rewindmq::broker {
namespace {

constexpr int32_t kRecordsPerRead = 256;
constexpr int64_t kBytesPerRead = 16 << 20;
constexpr int32_t kDeliveriesPerRun = 64;
// After a refusal of the store, which may be full.
constexpr int64_t kRetryMs = 200;
// The wall clock may be set while the loop sleeps.
constexpr int64_t kMaxSleepMs = 1000;
constexpr size_t kTimercheckLimitBytes = 4096;

}  // namespace

TimerDelivery::TimerDelivery(std::string path, store::MessageStore* store, MessageWriter* writer,
                             const Clock* clock, const TimerProgress& progress)
    : path_(std::move(path)),
      store_(store),
      writer_(writer),
      clock_(clock),
      loaded_(progress),
      rebuild_until_(store->MaxOffset(kWheelTimerTopic, 0)),
      next_(std::max(progress.read_from, store->MinOffset(kWheelTimerTopic, 0))),
      delivered_out_ms_(progress.delivered_out_ms) {
  if (next_ > rebuild_until_) {
    spdlog::error("timer messages are read from offset {}: {} is outside of what is stored",
                  rebuild_until_, next_);
    next_ = rebuild_until_;
  }
}

Result<std::unique_ptr<TimerDelivery>> TimerDelivery::Load(const std::string& root_directory,
                                                           store::MessageStore* store,
                                                           MessageWriter* writer,
                                                           const Clock* clock, FileSystem& files) {
  std::string config = root_directory + "/config";
  std::string path = config + "/timerProgress.json";
  Result<TimerProgress> progress =
      LoadMetadataFile<TimerProgress>(files, path, DecodeTimerProgress);
  if (!progress.ok() && progress.status().code() != ErrorCode::kNotFound) return progress.status();
  if (!progress.ok()) {
    Result<std::string> java = files.Read(config + "/timercheck", kTimercheckLimitBytes);
    progress =
        java.ok() ? ProgressOfJava(*java, store->MaxOffset(kWheelTimerTopic, 0)) : TimerProgress();
  }
  return std::unique_ptr<TimerDelivery>(new TimerDelivery(path, store, writer, clock, *progress));
}

// False when everything that is there has been taken in.
bool TimerDelivery::TakeIn() {
  int64_t next = 0;
  {
    std::lock_guard lock(mutex_);
    next = next_;
  }
  store::GetResult found =
      store_->Get(kWheelTimerTopic, 0, next, kRecordsPerRead, kBytesPerRead, {});
  bool nothing = found.status == store::GetStatus::kNoMatchedLogicQueue ||
                 found.status == store::GetStatus::kNoMessageInQueue;
  if (nothing) return false;
  for (const store::RecordView& view : found.records) TakeInRecord(view);
  std::lock_guard lock(mutex_);
  bool moved = found.next_begin_offset != next_;
  next_ = found.next_begin_offset;
  changed_ |= moved;
  writer_->SetPendingTimers(static_cast<int64_t>(heap_.size()));
  return moved && next_ < found.max_offset;
}

void TimerDelivery::TakeInRecord(const store::RecordView& view) {
  Result<store::Record> record = store::DecodeRecord(view.bytes, store::CrcCheck::kSkip);
  if (!record.ok()) return;
  SendProperties properties = ScanProperties(record->properties);
  Result<int64_t> out_ms = ParseInt64(properties.timer_out_ms, kPropertyTimerOutMs);
  if (!out_ms.ok() || *out_ms < 0 || *out_ms > INT64_MAX / 2) {
    spdlog::error("the timer message at {} is left out: {}", record->physical_offset,
                  out_ms.ok() ? "its time is impossible" : out_ms.status().message());
    return;
  }
  if (loaded_.IsDelivered(record->queue_offset, *out_ms)) return;
  if (!properties.timer_delete_key.empty()) {
    take_back_.emplace(properties.timer_delete_key);
  }
  std::lock_guard lock(mutex_);
  heap_.Push({*out_ms, record->queue_offset});
}

bool TimerDelivery::IsTakenBack(const store::Record& record) const {
  if (take_back_.empty()) return false;
  SendProperties properties = ScanProperties(record.properties);
  if (properties.unique_key.empty()) return false;
  if (take_back_.contains(properties.unique_key)) return true;
  // Java's appendTopicForTimerDeleteKey.
  std::string with_topic(store::FindProperty(record.properties, kPropertyRealTopic).value_or(""));
  return take_back_.contains(with_topic.append("+").append(properties.unique_key));
}

// True when the message is done with.
bool TimerDelivery::Put(const store::Record& record) {
  SendProperties properties = ScanProperties(record.properties);
  if (!properties.timer_delete_key.empty()) {
    // What it takes back was stored before it, and so has been passed over already.
    auto key = take_back_.find(properties.timer_delete_key);
    if (key != take_back_.end()) take_back_.erase(key);
    return true;
  }
  if (IsTakenBack(record)) return true;
  Result<InnerMessage> message = AfterTimer(record, clock_->WallMs());
  if (!message.ok()) {
    spdlog::error("a timer message is left out: {}", message.status().message());
    return true;
  }
  std::optional<int64_t> end = StoreInTime("timer", record.physical_offset, *message, writer_);
  if (!end) return false;
  std::lock_guard lock(mutex_);
  delivered_end_ = std::max(delivered_end_, *end);
  return true;
}

// False when the store refuses it for now.
bool TimerDelivery::DeliverTop() {
  PendingTimer top;
  {
    std::lock_guard lock(mutex_);
    top = heap_.top();
  }
  store::GetResult found = store_->Get(kWheelTimerTopic, 0, top.offset, 1, kBytesPerRead, {});
  // Get may give a later one when this one is gone.
  bool is_there =
      !found.records.empty() && store::QueueOffsetOf(found.records[0].bytes) == top.offset;
  if (is_there) {
    Result<store::Record> record =
        store::DecodeRecord(found.records[0].bytes, store::CrcCheck::kSkip);
    if (record.ok() && !Put(*record)) return false;
  } else {
    spdlog::error("the timer message at offset {} is gone before its time", top.offset);
  }
  std::lock_guard lock(mutex_);
  heap_.Pop();
  delivered_out_ms_ = std::max(delivered_out_ms_, top.out_ms);
  changed_ = true;
  writer_->SetPendingTimers(static_cast<int64_t>(heap_.size()));
  return true;
}

int64_t TimerDelivery::Run() {
  bool more = TakeIn();
  {
    std::lock_guard lock(mutex_);
    if (more && next_ < rebuild_until_) return 0;
  }
  for (int32_t i = 0; i < kDeliveriesPerRun; ++i) {
    int64_t wait_ms = 0;
    {
      std::lock_guard lock(mutex_);
      if (heap_.empty()) return more ? 0 : kIdle;
      wait_ms = TimerDueMs(heap_.top().out_ms, writer_->timers()) - clock_->WallMs();
    }
    if (wait_ms > 0) return more ? 0 : std::min(wait_ms, kMaxSleepMs);
    if (!DeliverTop()) return kRetryMs;
  }
  return 0;
}

std::optional<ProgressNote> TimerDelivery::TakeProgress(bool even_unchanged) {
  std::lock_guard lock(mutex_);
  // A rebuild that is not over knows less than what was loaded.
  if (next_ < rebuild_until_) return std::nullopt;
  if (!std::exchange(changed_, false) && !even_unchanged) return std::nullopt;
  TimerProgress progress;
  progress.known_until = next_;
  progress.read_from = heap_.OldestOffset(next_);
  progress.delivered_out_ms =
      heap_.empty() ? delivered_out_ms_ : std::min(delivered_out_ms_, heap_.top().out_ms - 1);
  return ProgressNote{path_, EncodeTimerProgress(progress), delivered_end_};
}

}  // namespace rewindmq::broker
