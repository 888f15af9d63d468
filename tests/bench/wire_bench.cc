// Loads a running broker with sends or pulls as Java's client writes them, and prints what each
// message costs it: `hack/bench send` and `hack/bench pull`. Nothing is asserted.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <string>

#include "common/base/parse.h"
#include "common/protocol/command.h"
#include "tests/bench/load_generator.h"

namespace {

using rewindmq::ErrorCode;
using rewindmq::Result;
using rewindmq::Status;
using rewindmq::bench::LoadOptions;
using rewindmq::bench::LoadResult;
using rewindmq::protocol::Command;
using rewindmq::protocol::Outgoing;

constexpr size_t kBodyBytes = 1024;
constexpr int kQueues = 8;
constexpr int kPullBatch = 32;

std::string SendFrame(int queue_id) {
  Outgoing send = rewindmq::protocol::MakeRequest(rewindmq::protocol::kSendMessageV2);
  send.language = rewindmq::protocol::Language::kJava;
  send.With("a", "bench-producers")
      .With("b", "BenchTopic")
      .With("c", "TBW102")
      .With("d", kQueues)
      .With("e", queue_id)
      .With("f", 0)
      .With("g", 1'795'319'994'787)
      .With("h", 0)
      .With("i", std::string("KEYS\1order-17\2UNIQ_KEY\1C0000202337E5FFD2B276D0131A20000\2"
                             "WAIT\1true\2TAGS\1TagA\2"))
      .With("j", 0)
      .With("k", "false")
      .With("m", "false")
      .With("n", "broker-a");
  send.body.assign(kBodyBytes, 'x');
  std::string frame;
  rewindmq::protocol::AppendFrame(send, &frame);
  return frame;
}

void AppendPull(int queue_id, int64_t offset, std::string* out) {
  Outgoing pull = rewindmq::protocol::MakeRequest(rewindmq::protocol::kPullMessage);
  pull.language = rewindmq::protocol::Language::kJava;
  pull.With("consumerGroup", "bench-consumers")
      .With("topic", "BenchTopic")
      .With("queueId", queue_id)
      .With("queueOffset", offset)
      .With("maxMsgNums", kPullBatch)
      .With("sysFlag", 4)
      .With("commitOffset", 0)
      .With("suspendTimeoutMillis", 15'000)
      .With("subscription", "*")
      .With("expressionType", "TAG")
      .With("subVersion", 1'795'320'022'208);
  rewindmq::protocol::AppendFrame(pull, out);
}

// The answer's bytes are scratch: decoding unescapes in place.
Result<Command> Decode(std::string_view frame) {
  Command command;
  Status decoded =
      rewindmq::protocol::DecodeCommand(const_cast<char*>(frame.data()), frame.size(), &command);
  if (!decoded.ok()) return decoded;
  return command;
}

Status Refused(const Command& answer) {
  return {ErrorCode::kUnavailable,
          "answer " + std::to_string(answer.code) + " " + std::string(answer.remark)};
}

Result<LoadResult> Send(const LoadOptions& options) {
  std::string frames[kQueues];
  for (int i = 0; i < kQueues; ++i) frames[i] = SendFrame(i);
  int next = 0;
  auto make = [&](int, std::string* out) { out->append(frames[next++ % kQueues]); };
  auto take = [](int, std::string_view frame) {
    // Decoding costs the generator more than the broker needs; the code is at a fixed place.
    constexpr std::string_view kGood = "{\"code\":0,";
    if (frame.substr(4, kGood.size()) == kGood) return Status::Ok();
    Result<Command> answer = Decode(frame);
    return answer.ok() ? Refused(*answer) : answer.status();
  };
  return RunLoad(options, make, take);
}

// Every request asks for the next batch of its connection's queue, whatever is still on the way, so
// that the queue is read once from front to end and then again.
Result<LoadResult> Pull(const LoadOptions& options, int64_t messages_a_queue, int64_t* messages) {
  std::vector<int64_t> next(static_cast<size_t>(options.connections), 0);
  auto make = [&](int connection, std::string* out) {
    int64_t& offset = next[static_cast<size_t>(connection)];
    AppendPull(connection % kQueues, offset, out);
    offset = offset + 2 * kPullBatch > messages_a_queue ? 0 : offset + kPullBatch;
  };
  auto take = [&](int, std::string_view frame) {
    Result<Command> answer = Decode(frame);
    if (!answer.ok()) return answer.status();
    bool full = answer->code == 0 && answer->body.size() > kPullBatch * kBodyBytes;
    if (!full) return Refused(*answer);
    *messages += kPullBatch;
    return Status::Ok();
  };
  return RunLoad(options, make, take);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Loads a broker and prints its CPU time a message");
  LoadOptions options;
  std::string mode;
  double goal_us = 0;
  int64_t messages_a_queue = 20'000;
  app.add_option("mode", mode, "send or pull")->required();
  app.add_option("--port", options.port)->required();
  app.add_option("--pid", options.pid, "of the broker")->required();
  app.add_option("--connections", options.connections);
  app.add_option("--in-flight", options.in_flight);
  app.add_option("--ms", options.duration_ms);
  app.add_option("--queue-messages", messages_a_queue, "in each queue, for pull");
  app.add_option("--goal-us", goal_us, "printed beside the figure");
  CLI11_PARSE(app, argc, argv);
  int64_t messages = 0;
  Result<LoadResult> result =
      mode == "pull" ? Pull(options, messages_a_queue, &messages) : Send(options);
  if (!result.ok()) {
    std::fprintf(stderr, "wire_bench: %s\n", result.status().ToString().c_str());
    return 1;
  }
  if (mode != "pull") messages = result->answers;
  auto count = static_cast<double>(messages);
  double cpu_seconds = 0;
  std::string by_thread;
  for (const auto& [name, seconds] : result->server_cpu_seconds) {
    cpu_seconds += seconds;
    char text[64];
    std::snprintf(text, sizeof text, "  %s %.2f", name.c_str(), seconds * 1e6 / count);
    if (seconds * 1e6 / count >= 0.005) by_thread += text;
  }
  std::printf(
      "%-5s %3d x %-3d %8.2f us CPU (goal %4.1f) %9.0f messages/s  p50 %7.0f us  p99 %7.0f us\n",
      mode.c_str(), options.connections, options.in_flight, cpu_seconds * 1e6 / count, goal_us,
      count / result->seconds, result->p50_us, result->p99_us);
  std::printf("      of which%s\n", by_thread.c_str());
  return 0;
}
