#pragma once
// The thread that delivers messages whose time has come, and keeps how far it got. A line is a
// queue of waiting messages; it runs when it is woken and when the time has come that its last run
// named, never just to look.
//
// Progress goes to disk only after the messages that it stands for are durable: a crash delivers
// some of them again, and loses none.
// Thread safety: lines and progress are added before Start; Wake from any thread; lines run on the
// loop's own thread. Start and Stop from one thread.

#include <asio/steady_timer.hpp>
#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/send/message_writer.h"
#include "broker/store/message_store.h"
#include "common/base/file_system.h"
#include "common/remoting/io_threads.h"

namespace rewindmq::broker {

// What a run of a line answers when nothing waits.
inline constexpr int64_t kIdle = -1;

// A metadata file's next content, to be written once the log is durable up to end_offset.
struct ProgressNote {
  std::string path;
  std::string text;
  int64_t end_offset = 0;
};

// Stores a message whose time has come; `kind` and `waited_at`, its place in the log until now, are
// for the log lines. Gives the end that must be durable before it counts as delivered, 0 when the
// message is left out because the store can never take it; nothing when it is refused for now.
std::optional<int64_t> StoreInTime(std::string_view kind, int64_t waited_at,
                                   const InnerMessage& message, MessageWriter* writer);

class DeliveryLoop {
 public:
  // Milliseconds until it wants to run again, or kIdle.
  using Line = std::function<int64_t()>;
  // Empty when nothing has changed since it was last asked, unless it is wanted all the same.
  using TakeProgress = std::function<std::optional<ProgressNote>(bool even_unchanged)>;

  DeliveryLoop(store::MessageStore* store, int64_t save_interval_ms,
               FileSystem& files = RealFileSystem());
  ~DeliveryLoop();

  size_t AddLine(Line line);
  void AddProgress(TakeProgress take) { progress_.push_back(std::move(take)); }

  // Runs every line once.
  void Start();
  // Lets the line run soon.
  void Wake(size_t line);
  // Returns when the current run is over; no line runs afterwards.
  void Stop();
  // Writes all progress; for the end, when the store is closed and everything is durable.
  Status SaveAll();

 private:
  struct Slot;
  // Outlives the loop in callbacks of the store.
  struct Saver;

  void Run(Slot* slot);
  void ArmSaving();
  void SaveWhenDurable();

  store::MessageStore* const store_;
  const int64_t save_interval_ms_;
  std::vector<TakeProgress> progress_;
  remoting::IoThreads threads_{1};  // outlives the timers of slots_
  std::vector<std::unique_ptr<Slot>> slots_;
  std::shared_ptr<Saver> saver_;
  std::atomic<bool> stopping_{false};
  asio::steady_timer saving_{threads_.First()};
};

}  // namespace rewindmq::broker
