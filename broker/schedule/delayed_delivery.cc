#include "broker/schedule/delayed_delivery.h"

#include <algorithm>
#include <cstdlib>

#include "common/base/log.h"
#include "common/base/metadata_file.h"
#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

constexpr int32_t kMessagesPerRun = 32;
constexpr int64_t kBytesPerRun = 4 << 20;
// After a refusal of the store, which may be full.
constexpr int64_t kRetryMs = 200;

}  // namespace

// What one look at a level has found.
struct DelayedDelivery::Due {
  std::vector<store::RecordView> records;
  int64_t next = 0;     // behind the records
  int64_t wait_ms = 0;  // until the message at `next` is due; kIdle when there is none
};

DelayedDelivery::DelayedDelivery(std::string path, store::MessageStore* store,
                                 MessageWriter* writer, const Clock* clock)
    : path_(std::move(path)),
      store_(store),
      writer_(writer),
      clock_(clock),
      start_wall_ms_(clock->WallMs()) {}

Result<std::unique_ptr<DelayedDelivery>> DelayedDelivery::Load(const std::string& config_directory,
                                                               store::MessageStore* store,
                                                               MessageWriter* writer,
                                                               const Clock* clock,
                                                               FileSystem& files) {
  std::string path = config_directory + "/delayOffset.json";
  Result<DelayOffsets> offsets = LoadMetadataFile<DelayOffsets>(files, path, DecodeDelayOffsets);
  if (!offsets.ok() && offsets.status().code() != ErrorCode::kNotFound) return offsets.status();
  std::unique_ptr<DelayedDelivery> delivery(new DelayedDelivery(path, store, writer, clock));
  delivery->Begin(offsets.ok() ? *offsets : DelayOffsets());
  return delivery;
}

void DelayedDelivery::Begin(const DelayOffsets& loaded) {
  data_version_ = loaded.data_version;
  other_levels_ = loaded.by_level;
  int64_t skew_ms = start_wall_ms_ - clock_->SteadyMs();
  for (int32_t level = 1; level <= levels(); ++level) {
    Level state(skew_ms);
    int32_t queue_id = QueueOfDelayLevel(level);
    int64_t min = store_->MinOffset(protocol::kScheduleTopic, queue_id);
    int64_t max = store_->MaxOffset(protocol::kScheduleTopic, queue_id);
    auto saved = loaded.by_level.find(level);
    int64_t wanted = saved == loaded.by_level.end() ? 0 : saved->second;
    state.next = std::clamp(wanted, min, max);
    state.old_until = max;
    if (saved != loaded.by_level.end() && state.next != wanted) {
      spdlog::error("delay level {} goes on at offset {}: {} is outside of what is stored", level,
                    state.next, wanted);
    }
    other_levels_.erase(level);
    levels_.push_back(std::move(state));
  }
}

bool DelayedDelivery::OnArrival(int32_t queue_id, int64_t max_offset) {
  if (queue_id < 0 || queue_id >= levels()) return false;
  int64_t skew_ms = clock_->WallMs() - clock_->SteadyMs();
  std::lock_guard lock(mutex_);
  Level& state = levels_[static_cast<size_t>(queue_id)];
  bool clock_was_set = state.skew.Note(max_offset - 1, skew_ms);
  return std::exchange(state.idle, false) || clock_was_set;
}

int64_t DelayedDelivery::WaitMs(int32_t level, int64_t offset, int64_t deliver_ms) const {
  std::lock_guard lock(mutex_);
  const Level& state = levels_[static_cast<size_t>(level) - 1];
  // The clock that stamped it may have been ahead; no message waits longer than its delay.
  if (offset < state.old_until) {
    deliver_ms = std::min(deliver_ms, start_wall_ms_ + writer_->levels().DelayMs(level));
  }
  int64_t wall_ms = clock_->WallMs();
  int64_t steady_ms = clock_->SteadyMs();
  int64_t skew_ms = state.skew.At(offset);
  // As long as nobody has set the clock, its own milliseconds count.
  if (std::abs(wall_ms - steady_ms - skew_ms) <= ArrivalSkew::kTickMs) {
    skew_ms = wall_ms - steady_ms;
  }
  return deliver_ms - skew_ms - steady_ms;
}

DelayedDelivery::Due DelayedDelivery::ReadDue(int32_t level) {
  int32_t queue_id = QueueOfDelayLevel(level);
  Due due;
  int64_t start = 0;
  {
    std::lock_guard lock(mutex_);
    start = levels_[static_cast<size_t>(level) - 1].next;
  }
  int64_t seen = 0;
  int64_t blocked_at = -1;
  // Called for one unit after the other; from the first one on that is not due, nothing is.
  auto is_due = [&](int64_t deliver_ms) {
    int64_t offset = start + seen++;
    if (blocked_at >= 0) return false;
    int64_t wait_ms = WaitMs(level, offset, deliver_ms);
    if (wait_ms <= 0) return true;
    blocked_at = offset;
    due.wait_ms = wait_ms;
    return false;
  };
  store::GetResult found =
      store_->Get(protocol::kScheduleTopic, queue_id, start, kMessagesPerRun, kBytesPerRun, is_due);
  due.records = std::move(found.records);
  if (blocked_at >= 0) {
    due.next = blocked_at;
    return due;
  }
  bool nothing = found.status == store::GetStatus::kNoMatchedLogicQueue ||
                 found.status == store::GetStatus::kNoMessageInQueue;
  due.next = nothing ? start : found.next_begin_offset;
  if (nothing || due.next >= found.max_offset) {
    due.wait_ms = kIdle;
  } else if (due.next == start) {
    due.wait_ms = kRetryMs;  // retention is at work there
  }
  return due;
}

bool DelayedDelivery::Deliver(const store::RecordView& view) {
  Result<store::Record> record = store::DecodeRecord(view.bytes, store::CrcCheck::kSkip);
  Result<InnerMessage> message =
      record.ok() ? AfterDelay(*record) : Result<InnerMessage>(record.status());
  if (!message.ok()) {
    spdlog::error("a delayed message is left out: {}", message.status().message());
    return true;
  }
  std::optional<int64_t> end = StoreInTime("delayed", record->physical_offset, *message, writer_);
  if (!end) return false;
  std::lock_guard lock(mutex_);
  delivered_end_ = std::max(delivered_end_, *end);
  return true;
}

void DelayedDelivery::MoveTo(int32_t level, int64_t next) {
  std::lock_guard lock(mutex_);
  Level& state = levels_[static_cast<size_t>(level) - 1];
  if (state.next == next) return;
  state.next = next;
  state.skew.Forget(next);
  changed_ = true;
}

// The level sleeps unless something has arrived since it was read.
int64_t DelayedDelivery::Sleep(int32_t level) {
  std::lock_guard lock(mutex_);
  Level& state = levels_[static_cast<size_t>(level) - 1];
  state.idle = store_->MaxOffset(protocol::kScheduleTopic, QueueOfDelayLevel(level)) <= state.next;
  return state.idle ? kIdle : 0;
}

int64_t DelayedDelivery::Run(int32_t level) {
  Due due = ReadDue(level);
  for (const store::RecordView& view : due.records) {
    int64_t offset = store::QueueOffsetOf(view.bytes);
    if (!Deliver(view)) {
      MoveTo(level, offset);
      return kRetryMs;
    }
    MoveTo(level, offset + 1);
  }
  MoveTo(level, due.next);
  return due.wait_ms == kIdle ? Sleep(level) : due.wait_ms;
}

DelayOffsets DelayedDelivery::Offsets() const {
  std::lock_guard lock(mutex_);
  DelayOffsets offsets;
  offsets.data_version = data_version_;
  offsets.by_level = other_levels_;
  for (size_t i = 0; i < levels_.size(); ++i) {
    if (levels_[i].next > 0) offsets.by_level[static_cast<int32_t>(i) + 1] = levels_[i].next;
  }
  return offsets;
}

std::map<std::string, std::string> DelayedDelivery::RuntimeInfo() const {
  std::map<std::string, std::string> info;
  std::map<int32_t, int64_t> delivered = Offsets().by_level;
  for (int32_t level = 1; level <= levels(); ++level) {
    int64_t max = store_->MaxOffset(protocol::kScheduleTopic, QueueOfDelayLevel(level));
    if (max == 0) continue;
    info["scheduleMessageOffset_" + std::to_string(level)] =
        std::to_string(delivered[level]) + "," + std::to_string(max);
  }
  return info;
}

std::optional<ProgressNote> DelayedDelivery::TakeProgress(bool even_unchanged) {
  ProgressNote note;
  {
    std::lock_guard lock(mutex_);
    if (!std::exchange(changed_, false) && !even_unchanged) return std::nullopt;
    data_version_.Next(clock_->WallMs());
    note.end_offset = delivered_end_;
  }
  note.path = path_;
  note.text = EncodeDelayOffsets(Offsets());
  return note;
}

}  // namespace rewindmq::broker
