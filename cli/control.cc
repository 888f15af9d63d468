#include "cli/control.h"

#include <utility>
#include <vector>

#include "common/base/parse.h"

namespace rewindmq::cli {

Control::Control(MessageCounter* counter, Consumer consumer, int64_t timeout_ms)
    : counter_(counter), consumer_(std::move(consumer)), timeout_ms_(timeout_ms) {}

void Control::Run(std::istream& in, std::ostream& out) {
  std::string line;
  while (std::getline(in, line)) {
    if (Trim(line).empty()) continue;
    bool quit = Trim(line) == "quit";
    out << (quit ? "ok" : Answer(line)) << std::endl;  // the reader waits for this very line
    if (quit) return;
  }
}

std::string Control::Answer(const std::string& line) {
  std::vector<std::string> words = SplitTrimmed(line, ' ');
  const std::string& name = words[0];
  int64_t number = 0;
  if (name == "wait" || name == "quiet") {
    auto parsed = ParseInt64(words.size() == 2 ? words[1] : "", "the number behind " + name);
    if (!parsed.ok()) return "error " + parsed.status().message();
    number = *parsed;
  } else if (words.size() != 1) {
    return "error '" + line + "' has too many words";
  }
  if (name == "count") return std::to_string(counter_->count());
  if (name == "wait") {
    bool reached = counter_->WaitFor(number, timeout_ms_);
    return (reached ? "ok " : "timeout ") + std::to_string(counter_->count());
  }
  if (name == "quiet") return std::to_string(counter_->WaitForQuiet(number));
  if (name == "reset") {
    counter_->Reset();
    return "ok 0";
  }
  if (name == "commit") {
    Status done = consumer_.commit();
    return done.ok() ? "ok" : "error " + done.ToString();
  }
  if (name == "queues") return std::to_string(consumer_.queue_count());
  return "error '" + name +
         "' is unknown; use count, wait N, quiet MS, reset, commit, queues, quit";
}

}  // namespace rewindmq::cli
