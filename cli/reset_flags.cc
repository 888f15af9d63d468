#include "cli/reset_flags.h"

#include <algorithm>
#include <map>
#include <utility>

#include "common/base/parse.h"
#include "common/base/time_format.h"
#include "common/protocol/topic_names.h"
#include "reset/request_json.h"

namespace rewindmq::cli {
namespace {

using reset::Direction;
using reset::TargetKind;

Status Wrong(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

constexpr int64_t kMaxAgoMs = int64_t{100} * 365 * 86'400'000;

}  // namespace

Result<int64_t> ParseMoment(const std::string& text, const std::string& flag) {
  const bool number = !text.empty() && text.find_first_not_of("0123456789") == std::string::npos;
  if (number) return ParseInt64(text, flag);
  Result<int64_t> moment = ParseRfc3339(text);
  if (!moment.ok() && text.size() == 19 && text[10] == ' ') {
    std::string local = text + ":000";
    local[10] = '#';
    moment = ParseAdminTimestamp(local, 0);
  }
  if (moment.ok()) return moment;
  return Wrong(flag + " is '" + text +
               "'; give milliseconds since 1970, 2026-01-02T03:04:05Z, or '2026-01-02 03:04:05' in "
               "this machine's time zone");
}

Result<int64_t> ParseAgo(const std::string& text) {
  const std::map<char, int64_t> kUnits = {
      {'s', 1000}, {'m', 60'000}, {'h', 3'600'000}, {'d', 86'400'000}};
  auto unit = text.empty() ? kUnits.end() : kUnits.find(text.back());
  if (unit == kUnits.end()) {
    return Wrong("--ago is '" + text + "'; give a number and s, m, h or d, like 2h");
  }
  REWIND_TRY_ASSIGN(int64_t count, ParseInt64(text.substr(0, text.size() - 1), "--ago"));
  if (count <= 0 || count > kMaxAgoMs / unit->second) {
    return Wrong("--ago is '" + text + "', which is no time within the last hundred years");
  }
  return count * unit->second;
}

Result<reset::ScopedQueue> ParseQueue(const std::string& text, const std::string& flag) {
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) {
    return Wrong(flag + " is '" + text + "'; name broker and queue, like broker-a:3");
  }
  REWIND_TRY_ASSIGN(int32_t id, ParseInt32(text.substr(colon + 1), flag + " " + text + ": queue"));
  if (id < 0) return Wrong(flag + " is '" + text + "', but no queue has a negative number");
  return reset::ScopedQueue{text.substr(0, colon), id};
}

void ResetFlags::AddOptions(CLI::App* app) {
  app->add_option("-t,--topic", topic_, "the topic")->required();
  app->add_option("-g,--group", group_, "the consumer group")->required();
  const std::string kTarget = "Where to (one of them)";
  auto target = [&kTarget](CLI::Option* option) { option->group(kTarget); };
  target(app->add_option("--time", time_,
                         "the first message stored at or after it: 2026-01-02T03:04:05Z, "
                         "milliseconds, or '2026-01-02 03:04:05' local"));
  target(app->add_option("--ago", ago_, "as --time, but so long ago: 90s, 15m, 2h, 1d"));
  target(app->add_flag("--earliest", earliest_, "the first message that is still there"));
  target(app->add_flag("--latest", latest_, "behind the last message: skips what is unread"));
  target(app->add_option("--offset", offsets_, "an exact offset, broker:queue=offset; repeatable"));
  app->add_option("--direction", direction_, "RewindOnly, SkipOnly or Any: others stay put")
      ->capture_default_str();
  app->add_option("--method", method_, "Auto, NotifyClients or BrokerSide")->capture_default_str();
  app->add_option("--verify", verify_, "by Committed offsets, or by the Clients' own")
      ->capture_default_str();
  app->add_option("--broker", brokers_, "only this broker; repeatable");
  app->add_option("--queue", queues_, "only this queue, broker:id; repeatable");
  app->add_option("--max-replay", max_replay_, "refuse to replay more messages");
  app->add_option("--max-skip", max_skip_, "refuse to skip more messages");
  app->add_flag("--retry-topic", retry_topic_, "the group's retry topic goes to the same target");
  const std::string kReplay = "Replay of an interval (moves no offset)";
  auto replay = [&kReplay](CLI::Option* option) { option->group(kReplay); };
  replay(app->add_option("--until", until_, "replay what was stored from --time until here"));
  replay(app->add_option("--tag", tag_, "only messages with these tags: 'A || B'"));
  replay(app->add_option("--sql", sql_, "only messages that this selects: \"price > 10\""));
  replay(app->add_option("--rate", rate_, "messages a second of all brokers together"));
  replay(app->add_flag("--paused", paused_, "start it paused"));
}

Result<reset::Target> ResetFlags::MakeTarget(int64_t now_ms) const {
  const int given = (time_.empty() ? 0 : 1) + (ago_.empty() ? 0 : 1) + (earliest_ ? 1 : 0) +
                    (latest_ ? 1 : 0) + (offsets_.empty() ? 0 : 1);
  if (given != 1) {
    return Wrong(std::string(given == 0 ? "no target is given" : "more than one target is given") +
                 "; give one of --time, --ago, --earliest, --latest and --offset");
  }
  reset::Target target;
  if (earliest_) target.kind = TargetKind::kEarliest;
  if (latest_) target.kind = TargetKind::kLatest;
  if (!time_.empty()) {
    REWIND_TRY_ASSIGN(target.time_ms, ParseMoment(time_, "--time"));
  }
  if (!ago_.empty()) {
    REWIND_TRY_ASSIGN(int64_t ago_ms, ParseAgo(ago_));
    target.time_ms = now_ms - ago_ms;
  }
  for (const std::string& text : offsets_) {
    target.kind = TargetKind::kOffsets;
    const size_t equals = text.rfind('=');
    if (equals == std::string::npos) {
      return Wrong("--offset is '" + text +
                   "'; give broker, queue and offset, like broker-a:3=1000");
    }
    REWIND_TRY_ASSIGN(reset::ScopedQueue queue, ParseQueue(text.substr(0, equals), "--offset"));
    REWIND_TRY_ASSIGN(int64_t offset, ParseInt64(text.substr(equals + 1), "--offset " + text));
    const bool added =
        target.offsets.insert({{topic_, queue.broker_name, queue.queue_id}, offset}).second;
    if (!added) return Wrong("--offset names " + text.substr(0, equals) + " twice");
  }
  return target;
}

Result<reset::Scope> ResetFlags::MakeScope() const {
  reset::Scope scope;
  scope.broker_names = brokers_;
  for (const std::string& text : queues_) {
    REWIND_TRY_ASSIGN(reset::ScopedQueue queue, ParseQueue(text, "--queue"));
    const bool covered = brokers_.empty() || std::find(brokers_.begin(), brokers_.end(),
                                                       queue.broker_name) != brokers_.end();
    if (!covered) return Wrong("--queue " + text + " is of a broker that no --broker names");
    scope.queues.push_back(std::move(queue));
  }
  return scope;
}

Result<std::optional<reset::Replay>> ResetFlags::MakeReplay(const reset::Target& target,
                                                            int64_t now_ms) const {
  const bool flags = !tag_.empty() || !sql_.empty() || rate_.has_value() || paused_;
  if (until_.empty()) {
    if (flags) return Wrong("--tag, --sql, --rate and --paused are for a replay; give --until");
    return std::optional<reset::Replay>();
  }
  if (target.kind != TargetKind::kTime) {
    return Wrong("--until replays what was stored from a time on; give --time or --ago with it");
  }
  if (!tag_.empty() && !sql_.empty()) return Wrong("give --tag or --sql, not both");
  if (retry_topic_) return Wrong("--retry-topic moves offsets, and a replay (--until) moves none");
  if (rate_.has_value() && *rate_ <= 0) {
    return Wrong("--rate is " + std::to_string(*rate_) +
                 "; give a positive number, or leave it out for no limit");
  }
  reset::Replay replay;
  if (until_ == "now") {
    replay.until_ms = now_ms;
  } else {
    REWIND_TRY_ASSIGN(replay.until_ms, ParseMoment(until_, "--until"));
  }
  replay.tag = tag_;
  replay.sql = sql_;
  replay.messages_per_second = rate_.value_or(0);
  replay.paused = paused_;
  return std::optional<reset::Replay>(std::move(replay));
}

Result<reset::Request> ResetFlags::MakeRequest(int64_t now_ms, std::string operation_id) const {
  reset::Request request;
  request.operation_id = std::move(operation_id);
  REWIND_TRY(protocol::ValidateTopicName(topic_));
  request.topic = topic_;
  request.group = group_;
  if (Status group = protocol::ValidateTopicName(group_); !group.ok()) {
    return Wrong("-g is '" + group_ + "'; a group has letters, digits, '%', '|', '-' and '_'");
  }
  REWIND_TRY_ASSIGN(request.target, MakeTarget(now_ms));
  REWIND_TRY_ASSIGN(request.direction, reset::DirectionFromName(direction_));
  REWIND_TRY_ASSIGN(request.method, reset::MethodFromName(method_));
  REWIND_TRY_ASSIGN(request.verify_by, reset::VerifyByFromName(verify_));
  REWIND_TRY_ASSIGN(request.scope, MakeScope());
  REWIND_TRY_ASSIGN(request.replay, MakeReplay(request.target, now_ms));
  if (request.target.ByOffsets() && !request.scope.queues.empty()) {
    return Wrong("--offset names its queues itself; leave --queue out");
  }
  if (latest_ && request.direction == Direction::kRewindOnly) {
    return Wrong(
        "--latest skips messages that are unread; allow it with --direction SkipOnly or Any");
  }
  if (earliest_ && request.direction == Direction::kSkipOnly) {
    return Wrong("--earliest goes back; allow it with --direction RewindOnly or Any");
  }
  for (auto [flag, limit] : {std::pair{"--max-replay", max_replay_}, {"--max-skip", max_skip_}}) {
    if (limit.value_or(0) < 0) return Wrong(std::string(flag) + " must not be negative");
  }
  request.limits = {max_replay_, max_skip_};
  request.include_retry_topic = retry_topic_;
  return request;
}

}  // namespace rewindmq::cli
