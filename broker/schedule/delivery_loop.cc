#include "broker/schedule/delivery_loop.h"

#include <asio/post.hpp>
#include <chrono>
#include <mutex>

#include "common/base/log.h"
#include "common/base/metadata_file.h"

namespace rewindmq::broker {

struct DeliveryLoop::Slot {
  Slot(Line to_run, asio::io_context& loop) : line(std::move(to_run)), timer(loop) {}

  const Line line;
  asio::steady_timer timer;
  std::atomic<bool> posted{false};
};

struct DeliveryLoop::Saver {
  explicit Saver(FileSystem* to) : files(to) {}

  Status Save(const ProgressNote& note) {
    std::lock_guard lock(mutex);
    return closed ? Status::Ok() : SaveMetadataFile(*files, note.path, note.text);
  }

  FileSystem* const files;
  std::mutex mutex;
  bool closed = false;  // guarded by mutex: a late answer of the store must not undo SaveAll
};

std::optional<int64_t> StoreInTime(std::string_view kind, int64_t waited_at,
                                   const InnerMessage& message, MessageWriter* writer) {
  store::PutResult put = writer->Put(message);
  if (put.ok()) return put.end_offset;
  bool never = put.status == store::PutStatus::kMessageIllegal ||
               put.status == store::PutStatus::kPropertiesSizeExceeded;
  if (!never) return std::nullopt;
  spdlog::error("the {} message at {} cannot be stored in topic {}, it is left out: {}", kind,
                waited_at, message.topic, put.error);
  return 0;
}

DeliveryLoop::DeliveryLoop(store::MessageStore* store, int64_t save_interval_ms, FileSystem& files)
    : store_(store), save_interval_ms_(save_interval_ms), saver_(std::make_shared<Saver>(&files)) {}

DeliveryLoop::~DeliveryLoop() { Stop(); }

size_t DeliveryLoop::AddLine(Line line) {
  slots_.push_back(std::make_unique<Slot>(std::move(line), threads_.First()));
  return slots_.size() - 1;
}

void DeliveryLoop::Start() {
  for (size_t i = 0; i < slots_.size(); ++i) Wake(i);
  asio::post(threads_.First(), [this] { ArmSaving(); });
}

void DeliveryLoop::Wake(size_t line) {
  Slot* slot = slots_[line].get();
  if (slot->posted.exchange(true)) return;
  asio::post(threads_.First(), [this, slot] { Run(slot); });
}

void DeliveryLoop::Run(Slot* slot) {
  // Before the line looks: what arrives from here on wakes it again.
  slot->posted = false;
  if (stopping_) return;
  int64_t wait_ms = slot->line();
  if (wait_ms == kIdle) {
    slot->timer.cancel();
    return;
  }
  slot->timer.expires_after(std::chrono::milliseconds(wait_ms));
  slot->timer.async_wait([this, slot](const asio::error_code& error) {
    if (!error) Run(slot);
  });
}

void DeliveryLoop::ArmSaving() {
  saving_.expires_after(std::chrono::milliseconds(save_interval_ms_));
  saving_.async_wait([this](const asio::error_code& error) {
    if (error || stopping_) return;
    SaveWhenDurable();
    ArmSaving();
  });
}

void DeliveryLoop::SaveWhenDurable() {
  for (const TakeProgress& take : progress_) {
    std::optional<ProgressNote> note = take(false);
    if (!note) continue;
    store_->WhenDurable(note->end_offset, [saver = saver_, note = *note](bool durable_in_time) {
      // Too late: the next change is saved, or the end of the broker does it.
      if (!durable_in_time) return;
      if (Status saved = saver->Save(note); !saved.ok()) {
        spdlog::error("{} is not on disk, delayed messages may come again: {}", note.path,
                      saved.message());
      }
    });
  }
}

void DeliveryLoop::Stop() {
  stopping_ = true;
  threads_.Stop();
}

Status DeliveryLoop::SaveAll() {
  Status result;
  for (const TakeProgress& take : progress_) {
    std::optional<ProgressNote> note = take(true);
    if (!note) continue;
    Status saved = saver_->Save(*note);
    // With an older progress the next start delivers some messages again, and loses none.
    bool is_full = saved.code() == ErrorCode::kResourceExhausted;
    if (is_full) spdlog::warn("the progress of deliveries stays as it is: {}", saved.message());
    if (result.ok() && !is_full) result = saved;
  }
  std::lock_guard lock(saver_->mutex);
  saver_->closed = true;
  return result;
}

}  // namespace rewindmq::broker
