#include "tests/live/load/drain.h"

#include <algorithm>
#include <cstdio>
#include <memory>

#include "client/message_decoder.h"
#include "common/remoting/client.h"
#include "tests/live/load/pattern.h"

namespace rewindmq::live {
namespace {

constexpr int32_t kSubscriptionFlag = 4;  // PullSysFlag: the request says what it wants
constexpr int32_t kMessagesAPull = 32;

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

class Drainer {
 public:
  Drainer(const DrainOptions& options, std::FILE* output)
      : options_(options), output_(output), client_(&io_, nullptr) {}

  Status Run() {
    for (int32_t queue = 0; queue < options_.queues; ++queue) REWIND_TRY(DrainQueue(queue));
    return Status::Ok();
  }

 private:
  Result<int64_t> AskOffset(int32_t code, int32_t queue) {
    auto request = protocol::MakeRequest(code).With("topic", options_.topic).With("queueId", queue);
    auto reply = client_.InvokeSync(options_.address, std::move(request), options_.timeout_ms);
    if (!reply.ok()) return reply.status();
    if (reply->command.code != protocol::kSuccess) {
      return Status::Rejected(reply->command.code, std::string(reply->command.remark));
    }
    protocol::FieldReader fields(reply->command.fields);
    int64_t offset = fields.Int64("offset");
    if (!fields.status().ok()) return fields.status();
    return offset;
  }

  Result<remoting::Reply> Pull(int32_t queue, int64_t offset) {
    auto request = protocol::MakeRequest(protocol::kPullMessage);
    request.With("consumerGroup", "live-drain")
        .With("topic", options_.topic)
        .With("queueId", queue)
        .With("queueOffset", offset)
        .With("maxMsgNums", kMessagesAPull)
        .With("sysFlag", kSubscriptionFlag)
        .With("commitOffset", 0)
        .With("suspendTimeoutMillis", 0)
        .With("subscription", "*")
        .With("expressionType", "TAG")
        .With("subVersion", 0);
    return client_.InvokeSync(options_.address, std::move(request), options_.timeout_ms);
  }

  Status DrainQueue(int32_t queue) {
    REWIND_TRY_ASSIGN(int64_t next, AskOffset(protocol::kGetMinOffset, queue));
    REWIND_TRY_ASSIGN(int64_t max, AskOffset(protocol::kGetMaxOffset, queue));
    next = std::max<int64_t>(next, 0);  // -1: the queue has never had a message
    while (next < max) {
      REWIND_TRY_ASSIGN(int64_t reached, PullOnce(queue, next));
      if (reached <= next) break;
      next = reached;
    }
    // Asked again: old segments may have been deleted meanwhile.
    REWIND_TRY_ASSIGN(int64_t min, AskOffset(protocol::kGetMinOffset, queue));
    std::fprintf(output_, "bounds %d %lld %lld\n", queue,
                 static_cast<long long>(std::max<int64_t>(min, 0)), static_cast<long long>(max));
    return Status::Ok();
  }

  // Writes what comes and gives where to go on; where it began when there is nothing.
  Result<int64_t> PullOnce(int32_t queue, int64_t from) {
    REWIND_TRY_ASSIGN(remoting::Reply reply, Pull(queue, from));
    int64_t next = from;
    if (reply.command.code == protocol::kSuccess) {
      REWIND_TRY_ASSIGN(auto messages, client::DecodeMessages(reply.command.body, ""));
      for (const client::ReceivedMessage& message : messages) {
        Write(queue, message);
        next = message.queue_offset + 1;
      }
    } else {
      protocol::FieldReader fields(reply.command.fields);
      next = fields.Int64Or("nextBeginOffset", from);
    }
    if (next <= from) {
      std::fprintf(output_, "stuck %d %lld %d\n", queue, static_cast<long long>(from),
                   reply.command.code);
    }
    return next;
  }

  void Write(int32_t queue, const client::ReceivedMessage& message) {
    auto origin = ReadBody(message.body);
    bool sound = origin && message.queue.queue_id == queue && message.topic == options_.topic &&
                 message.Property(client::kPropertyUniqueKey) == UniqueId(*origin);
    Origin who = origin.value_or(Origin{-1, -1});
    std::fprintf(output_, "message %d %lld %d %lld %s\n", queue,
                 static_cast<long long>(message.queue_offset), who.producer,
                 static_cast<long long>(who.seq), sound ? "ok" : "foreign");
  }

  const DrainOptions& options_;
  std::FILE* output_;
  remoting::IoThreads io_{1};
  remoting::Client client_;
};

}  // namespace

Status Drain(const DrainOptions& options) {
  File output(std::fopen(options.output_path.c_str(), "w"), std::fclose);
  if (output == nullptr) return Status::FromErrno("create " + options.output_path, errno);
  REWIND_TRY(Drainer(options, output.get()).Run());
  if (std::fclose(output.release()) != 0) {
    return Status::FromErrno("write " + options.output_path, errno);
  }
  return Status::Ok();
}

}  // namespace rewindmq::live
