#pragma once
// consume: reads a topic as a member of a group and counts the messages; with --control a script
// steers it over stdin and stdout (see control.h). Thread safety: one thread.

#include <cstdint>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/message_counter.h"
#include "client/push_consumer.h"

namespace rewindmq::cli {

class Consume : public Command {
 public:
  void AddOptions(CLI::App* app) override;
  Status Run(std::ostream& out) override;

 private:
  Result<std::unique_ptr<client::PushConsumer>> StartConsumer(MessageCounter* counter);
  size_t QueueCount(const client::PushConsumer& consumer) const;

  std::string name_servers_;
  std::string topic_;
  std::string group_;
  std::string tags_ = "*";
  std::string from_ = "first";
  int64_t expect_ = 0;  // 0 = until interrupted
  int64_t timeout_ms_ = 60'000;
  bool control_ = false;
};

}  // namespace rewindmq::cli
