#pragma once
// Lets a script steer a running consumer over two pipes, so that it never has to sleep and guess.
// One command a line, one answer a line:
//   count      how many messages have come since the start or the last reset
//   wait N     "ok COUNT" once N have come, "timeout COUNT" when the time is up
//   quiet MS   the count, once none has come for so many milliseconds
//   reset      "ok 0"; counts from zero again
//   commit     "ok", or "error" and the reason; tells the brokers how far the group is
//   queues     how many queues this member has
//   quit       "ok"; the end of the input means the same
// Thread safety: one thread.

#include <cstdint>
#include <functional>
#include <istream>
#include <ostream>
#include <string>

#include "cli/message_counter.h"
#include "common/base/status.h"

namespace rewindmq::cli {

class Control {
 public:
  struct Consumer {
    std::function<Status()> commit;
    std::function<size_t()> queue_count;
  };

  // `counter` outlives this. `timeout_ms` is for each wait.
  Control(MessageCounter* counter, Consumer consumer, int64_t timeout_ms);

  // Answers until quit or the end of the input.
  void Run(std::istream& in, std::ostream& out);

 private:
  std::string Answer(const std::string& line);

  MessageCounter* counter_;
  const Consumer consumer_;
  const int64_t timeout_ms_;
};

}  // namespace rewindmq::cli
