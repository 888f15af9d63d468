#pragma once
// send: puts numbered messages into a topic, many at once. Thread safety: one thread.

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "client/producer.h"

namespace rewindmq::cli {

class Send : public Command {
 public:
  void AddOptions(CLI::App* app) override;
  Status Run(std::ostream& out) override;

 private:
  Status SendFirst(client::Producer* producer, const client::Message& message) const;

  std::string name_servers_;
  std::string topic_;
  std::string tag_;
  std::string body_ = "Hello RocketMQ %d";
  std::string group_ = "REWINDCTL_PRODUCER";
  int64_t count_ = 1;
  int64_t wait_ms_ = 0;
};

// The body of message number `index`: %d stands for the number, everything else for itself.
std::string BodyOf(const std::string& pattern, int64_t index);

}  // namespace rewindmq::cli
