#pragma once
// Delivers the messages of the delay levels (ScheduleMessageService): each level is a queue of the
// schedule topic in which the next message is always the next one due. Delivered means: stored in
// its own topic; then the level's offset moves on. Offsets are those of Java's delayOffset.json, so
// that messages which wait in a store of Java's are delivered after a move, and back.
//
// Never early: neither a broker that starts with a wrong clock nor a clock that is set while
// messages wait makes one come before its delay is over; both make it late at most by one delay.
// (Java delivers everything at once when the clock is set back.) A crash may deliver again.
// Retention may delete a message that still waits, as it does in Java's broker, when a delay comes
// near fileReservedTime: the level goes on with the first message that is left.
//
// Thread safety: Run from one thread; everything else from any.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "broker/schedule/arrival_skew.h"
#include "broker/schedule/delay_offsets.h"
#include "broker/schedule/delivery_loop.h"
#include "broker/send/message_writer.h"
#include "broker/store/message_store.h"
#include "common/base/clock.h"
#include "common/base/file_system.h"

namespace rewindmq::broker {

class DelayedDelivery {
 public:
  // Reads config/delayOffset.json or its previous copy.
  static Result<std::unique_ptr<DelayedDelivery>> Load(const std::string& config_directory,
                                                       store::MessageStore* store,
                                                       MessageWriter* writer, const Clock* clock,
                                                       FileSystem& files = RealFileSystem());

  int32_t levels() const { return writer_->levels().count(); }
  // A message arrived in this queue of the schedule topic; its end is max_offset now. True when the
  // level sleeps and must run.
  bool OnArrival(int32_t queue_id, int64_t max_offset);
  // Delivers what is due, at most one batch. See DeliveryLoop::Line.
  int64_t Run(int32_t level);

  DelayOffsets Offsets() const;
  // "scheduleMessageOffset_N" -> "delivered,end", for the broker's runtime info.
  std::map<std::string, std::string> RuntimeInfo() const;
  std::optional<ProgressNote> TakeProgress(bool even_unchanged);

 private:
  struct Level {
    explicit Level(int64_t skew_ms) : skew(skew_ms) {}
    int64_t next = 0;       // the next offset to deliver
    int64_t old_until = 0;  // offsets below were there at the start
    bool idle = false;
    ArrivalSkew skew;
  };
  struct Due;

  DelayedDelivery(std::string path, store::MessageStore* store, MessageWriter* writer,
                  const Clock* clock);
  void Begin(const DelayOffsets& loaded);
  Due ReadDue(int32_t level);
  int64_t WaitMs(int32_t level, int64_t offset, int64_t deliver_ms) const;
  bool Deliver(const store::RecordView& view);
  void MoveTo(int32_t level, int64_t next);
  int64_t Sleep(int32_t level);

  const std::string path_;
  store::MessageStore* const store_;
  MessageWriter* const writer_;
  const Clock* const clock_;
  const int64_t start_wall_ms_;
  mutable std::mutex mutex_;
  std::vector<Level> levels_;                // guarded by mutex_
  protocol::DataVersion data_version_;       // guarded by mutex_
  std::map<int32_t, int64_t> other_levels_;  // of a longer list, kept for the day it comes back
  int64_t delivered_end_ = 0;                // in the log; guarded by mutex_
  bool changed_ = false;                     // guarded by mutex_
};

}  // namespace rewindmq::broker
