#pragma once
// The flags that say what a reset is to do, and the request that they make. Every wrong
// combination has a message of its own, which says what to do instead. Thread safety: one thread.

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "reset/request.h"

namespace rewindmq::cli {

class ResetFlags {
 public:
  // Everything of a request: target, direction, scope, limits, replay.
  void AddOptions(CLI::App* app);
  // kInvalidArgument names the flag and the text. `operation_id` becomes the request's.
  Result<reset::Request> MakeRequest(int64_t now_ms, std::string operation_id) const;

 private:
  Result<reset::Target> MakeTarget(int64_t now_ms) const;
  Result<reset::Scope> MakeScope() const;
  Result<std::optional<reset::Replay>> MakeReplay(const reset::Target& target,
                                                  int64_t now_ms) const;

  std::string topic_;
  std::string group_;
  std::string time_;
  std::string ago_;
  bool earliest_ = false;
  bool latest_ = false;
  std::vector<std::string> offsets_;
  std::string direction_ = "RewindOnly";
  std::string method_ = "Auto";
  std::string verify_ = "Committed";
  std::vector<std::string> brokers_;
  std::vector<std::string> queues_;
  std::optional<int64_t> max_replay_;
  std::optional<int64_t> max_skip_;
  bool retry_topic_ = false;
  std::string until_;
  std::string tag_;
  std::string sql_;
  std::optional<int32_t> rate_;
  bool paused_ = false;
};

// RFC 3339, milliseconds since 1970, or "2026-01-02 03:04:05" in the machine's time zone. Errors
// name `flag`.
Result<int64_t> ParseMoment(const std::string& text, const std::string& flag);
// "90s", "15m", "2h", "1d" as milliseconds.
Result<int64_t> ParseAgo(const std::string& text);
// "broker:3" and "broker:3=1000". Broker names may hold colons: the last one counts.
Result<reset::ScopedQueue> ParseQueue(const std::string& text, const std::string& flag);

}  // namespace rewindmq::cli
