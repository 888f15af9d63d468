#pragma once
// Delivers messages at the time that each of them names (RocketMQ 5's TimerMessageStore): they wait
// in the one queue of the wheel topic, and memory holds 16 bytes for each, ordered by time. A start
// reads the queue again from the oldest message that still waits.
//
// Never early by the wall clock, and late by at most one tick (timerPrecisionMs) while the broker
// runs. A crash may deliver messages of the last save interval again, and loses none. A message
// with TIMER_DEL_UNIQKEY takes the message with that unique key back; it must be stored for the
// same time. Retention may delete a message that waits, as in Java's broker.
//
// Thread safety: Run from one thread; everything else from any.

#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "broker/schedule/delivery_loop.h"
#include "broker/send/message_writer.h"
#include "broker/store/message_store.h"
#include "broker/timer/timer_heap.h"
#include "broker/timer/timer_progress.h"
#include "common/base/clock.h"
#include "common/base/file_system.h"

namespace rewindmq::broker {

class TimerDelivery {
 public:
  // Reads config/timerProgress.json; without one, the timercheck of a Java broker.
  static Result<std::unique_ptr<TimerDelivery>> Load(const std::string& root_directory,
                                                     store::MessageStore* store,
                                                     MessageWriter* writer, const Clock* clock,
                                                     FileSystem& files = RealFileSystem());

  // Takes in what has arrived and delivers what is due, a batch at most. See DeliveryLoop::Line.
  int64_t Run();

  std::optional<ProgressNote> TakeProgress(bool even_unchanged);

 private:
  TimerDelivery(std::string path, store::MessageStore* store, MessageWriter* writer,
                const Clock* clock, const TimerProgress& progress);
  bool TakeIn();
  void TakeInRecord(const store::RecordView& view);
  bool DeliverTop();
  bool Put(const store::Record& record);
  bool IsTakenBack(const store::Record& record) const;

  const std::string path_;
  store::MessageStore* const store_;
  MessageWriter* const writer_;
  const Clock* const clock_;
  const TimerProgress loaded_;
  const int64_t rebuild_until_;  // nothing is delivered before all deletions up to here are known
  std::multiset<std::string, std::less<>> take_back_;  // unique keys; of the running thread
  std::mutex mutex_;
  TimerHeap heap_;                // guarded by mutex_
  int64_t next_ = 0;              // the next offset to take in; guarded by mutex_
  int64_t delivered_out_ms_ = 0;  // guarded by mutex_
  int64_t delivered_end_ = 0;     // in the log; guarded by mutex_
  bool changed_ = false;          // guarded by mutex_
};

}  // namespace rewindmq::broker
