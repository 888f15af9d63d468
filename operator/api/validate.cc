#include "operator/api/validate.h"

#include <algorithm>

#include "common/base/time_format.h"
#include "operator/api/spec_reader.h"
#include "operator/api/text_rules.h"

namespace rewindmq::api {
namespace {

constexpr size_t kMaxNameServers = 16;
constexpr size_t kMaxBrokers = 128;
constexpr size_t kMaxQueues = 512;
constexpr int64_t kDefaultNameServerPort = 9876;
constexpr int32_t kMaxMessagesPerSecond = 1'000'000;
constexpr int64_t kMaxDeadlineSeconds = 7 * 24 * 60 * 60;
constexpr int64_t kDefaultDeadlineSeconds = 600;
constexpr int64_t kDefaultReplayDeadlineSeconds = 24 * 60 * 60;
constexpr int64_t kMsPerSecond = 1000;

// True when the cluster is to be asked with credentials.
bool ReadCluster(SpecReader spec, const std::string& ns, AcceptedSpec* out) {
  SpecReader cluster = spec.Part("cluster", true);
  cluster.AllowOnly({"nameServers", "serviceRef", "credentialsSecretRef"});
  if (cluster.Has("nameServers") == cluster.Has("serviceRef")) {
    cluster.Fail(
        "exactly one of `spec.cluster.nameServers` and `spec.cluster.serviceRef` must be "
        "set");
  }
  cluster.Each("nameServers", kMaxNameServers, [&](const Json& value, const std::string& path) {
    out->name_servers.push_back(cluster.TextOf(value, path, kHostPortRule));
  });
  if (cluster.Has("serviceRef")) {
    SpecReader service = cluster.Part("serviceRef");
    service.AllowOnly({"name", "port"});
    std::string name = service.Text("name", true, kReferenceRule);
    int64_t port = service.Integer("port", {1, 65535}).value_or(kDefaultNameServerPort);
    out->name_servers.push_back(name + "." + ns + ".svc:" + std::to_string(port));
  }
  if (cluster.Has("credentialsSecretRef")) {
    SpecReader secret = cluster.Part("credentialsSecretRef");
    secret.AllowOnly({"name"});
    secret.Text("name", true, kSecretRule);
  }
  return cluster.Has("credentialsSecretRef");
}

reset::ScopedQueue ReadQueueName(SpecReader* queue) {
  reset::ScopedQueue name;
  name.broker_name = queue->Text("brokerName", true, kBrokerRule);
  if (!queue->Has("queueId")) queue->Fail("`" + queue->Path("queueId") + "` must be set");
  name.queue_id = static_cast<int32_t>(queue->Integer("queueId", {0, INT32_MAX}).value_or(0));
  return name;
}

void ReadOffsets(SpecReader target, AcceptedSpec* out) {
  target.Each("offsets", kMaxQueues, [&](const Json& value, const std::string& path) {
    Status problem;
    SpecReader row(value, path, &problem);
    row.AllowOnly({"brokerName", "queueId", "offset"});
    const reset::ScopedQueue queue = ReadQueueName(&row);
    if (!row.Has("offset")) row.Fail("`" + row.Path("offset") + "` must be set");
    const int64_t offset = row.Integer("offset", {0, INT64_MAX}).value_or(0);
    const bool is_new =
        out->request.target.offsets
            .emplace(reset::QueueName{out->request.topic, queue.broker_name, queue.queue_id},
                     offset)
            .second;
    if (!is_new) {
      row.Fail("`" + path + "` names queue " + std::to_string(queue.queue_id) + " of broker " +
               queue.broker_name + " a second time");
    }
    if (!problem.ok()) target.Fail(problem.message());
  });
  out->request.target.kind = reset::TargetKind::kOffsets;
  const size_t count = out->request.target.offsets.size();
  out->target_summary = "offsets of " + std::to_string(count) + (count == 1 ? " queue" : " queues");
}

void ReadTarget(SpecReader spec, AcceptedSpec* out) {
  SpecReader target = spec.Part("target", true);
  const std::vector<std::string_view> kinds = {"time", "ago", "position", "offsets", "restoreFrom"};
  target.AllowOnly(kinds);
  if (std::count_if(kinds.begin(), kinds.end(), [&](auto kind) { return target.Has(kind); }) != 1) {
    target.Fail(
        "exactly one of `time`, `ago`, `position`, `offsets` and `restoreFrom` must be set "
        "in `spec.target`");
    return;
  }
  if (std::string time = target.Text("time", false, kTimeRule); !time.empty()) {
    out->request.target.time_ms = ParseRfc3339(time).value();
    out->target_summary = time;
  }
  if (std::string ago = target.Text("ago", false, kAgoRule); !ago.empty()) {
    out->ago_ms = AgoMs(ago);
    out->target_summary = ago + " ago";
  }
  if (target.Has("position")) {
    out->target_summary = target.Choice("position", {"Earliest", "Latest"});
    out->request.target.kind =
        out->target_summary == "Latest" ? reset::TargetKind::kLatest : reset::TargetKind::kEarliest;
  }
  if (target.Has("offsets")) ReadOffsets(target, out);
  if (target.Has("restoreFrom")) {
    out->request.target.kind = reset::TargetKind::kRestoreFrom;
    SpecReader restore = target.Part("restoreFrom");
    restore.AllowOnly({"name"});
    out->restore_from = restore.Text("name", true, kReferenceRule);
    out->target_summary = "before " + out->restore_from;
  }
}

void ReadScope(SpecReader spec, AcceptedSpec* out) {
  if (!spec.Has("scope")) return;
  SpecReader scope = spec.Part("scope");
  scope.AllowOnly({"brokerNames", "queues"});
  if (!scope.Has("brokerNames") && !scope.Has("queues")) {
    scope.Fail("`spec.scope` must have `brokerNames` or `queues`");
  }
  scope.Each("brokerNames", kMaxBrokers, [&](const Json& value, const std::string& path) {
    out->request.scope.broker_names.push_back(scope.TextOf(value, path, kBrokerRule));
  });
  scope.Each("queues", kMaxQueues, [&](const Json& value, const std::string& path) {
    Status problem;
    SpecReader queue(value, path, &problem);
    queue.AllowOnly({"brokerName", "queueId"});
    out->request.scope.queues.push_back(ReadQueueName(&queue));
    if (!problem.ok()) scope.Fail(problem.message());
  });
}

void ReadLimits(SpecReader spec, AcceptedSpec* out) {
  if (!spec.Has("limits")) return;
  SpecReader limits = spec.Part("limits");
  limits.AllowOnly({"maxReplayMessages", "maxSkipMessages"});
  if (!limits.Has("maxReplayMessages") && !limits.Has("maxSkipMessages")) {
    limits.Fail("`spec.limits` must have `maxReplayMessages` or `maxSkipMessages`");
  }
  out->request.limits.max_replay_messages = limits.Integer("maxReplayMessages", {0, INT64_MAX});
  out->request.limits.max_skip_messages = limits.Integer("maxSkipMessages", {0, INT64_MAX});
}

void ReadModes(SpecReader spec, AcceptedSpec* out) {
  std::string direction = spec.Choice("direction", {"RewindOnly", "SkipOnly", "Any"});
  out->request.direction = direction == "RewindOnly" ? reset::Direction::kRewindOnly
                           : direction == "SkipOnly" ? reset::Direction::kSkipOnly
                                                     : reset::Direction::kAny;
  std::string method = spec.Choice("method", {"Auto", "NotifyClients", "BrokerSide"});
  out->request.method = method == "Auto"            ? reset::Method::kAuto
                        : method == "NotifyClients" ? reset::Method::kNotifyClients
                                                    : reset::Method::kBrokerSide;
  out->request.include_retry_topic = spec.Choice("retryTopic", {"Keep", "Reset"}) == "Reset";
  out->dry_run = spec.Bool("dryRun", false);
  out->cancel = spec.Bool("cancel", false);
}

void ReadReplay(SpecReader spec, AcceptedSpec* out) {
  if (!spec.Has("replay")) return;
  SpecReader part = spec.Part("replay");
  part.AllowOnly({"until", "tag", "sql", "messagesPerSecond", "paused"});
  reset::Replay replay;
  if (std::string until = part.Text("until", true, kTimeRule); !until.empty()) {
    replay.until_ms = ParseRfc3339(until).value();
  }
  replay.tag = part.Text("tag", false, kTagRule);
  replay.sql = part.Text("sql", false, kSqlRule);
  if (part.Has("tag") && part.Has("sql")) {
    part.Fail("at most one of `spec.replay.tag` and `spec.replay.sql` may be set");
  }
  replay.messages_per_second = static_cast<int32_t>(
      part.Integer("messagesPerSecond", {1, kMaxMessagesPerSecond}).value_or(0));
  replay.paused = part.Bool("paused", false);
  out->request.replay = std::move(replay);
}

void ReadTimes(SpecReader spec, AcceptedSpec* out) {
  SpecReader verify = spec.Part("verify");
  verify.AllowOnly({"mode", "settleSeconds"});
  std::string mode = verify.Choice("mode", {"Committed", "None", "Clients"});
  if (mode == "None") out->verify_mode = VerifyMode::kNone;
  if (mode == "Clients") {
    out->verify_mode = VerifyMode::kClients;
    out->request.verify_by = reset::VerifyBy::kClients;
  }
  const int64_t settle_s = verify.Integer("settleSeconds", {0, 600}).value_or(20);
  const int64_t timeout_s = spec.Integer("requestTimeoutSeconds", {1, 120}).value_or(10);
  const std::optional<int64_t> given_s =
      spec.Integer("activeDeadlineSeconds", {5, kMaxDeadlineSeconds});
  const int64_t deadline_s = given_s.value_or(
      out->request.replay.has_value() ? kDefaultReplayDeadlineSeconds : kDefaultDeadlineSeconds);
  out->settle_ms = settle_s * kMsPerSecond;
  out->request_timeout_ms = static_cast<int32_t>(timeout_s * kMsPerSecond);
  out->active_deadline_ms = deadline_s * kMsPerSecond;
  out->backoff_limit = static_cast<int32_t>(spec.Integer("backoffLimit", {0, 20}).value_or(3));
  if (given_s.value_or(kDefaultDeadlineSeconds) <= settle_s) {
    spec.Fail("`spec.activeDeadlineSeconds` must be greater than `spec.verify.settleSeconds`");
  }
  spec.Integer("ttlSecondsAfterFinished", {0, INT32_MAX});
}

void ReadApproval(SpecReader spec, AcceptedSpec* out) {
  out->approval_required = spec.Choice("approval", {"Automatic", "Required"}) == "Required";
  out->approved_plan_hash = spec.Text("approvedPlanHash", false, kHashRule);
  out->resume_interrupted = spec.Choice("interruptedPolicy", {"Stop", "Resume"}) == "Resume";
  if (spec.Has("approvedPlanHash") && !out->approval_required) {
    spec.Fail("`spec.approvedPlanHash` may only be set when `spec.approval` is 'Required'");
  }
  if (out->dry_run && out->approval_required) {
    spec.Fail("`spec.approval` may not be 'Required' for a dry run");
  }
}

void CheckReplay(SpecReader spec, const AcceptedSpec& out) {
  const reset::Request& request = out.request;
  if (request.target.kind != reset::TargetKind::kTime) {
    spec.Fail(
        "`spec.replay` goes together with `spec.target.time` or `spec.target.ago` only: that is "
        "where its interval begins");
  }
  // Where `ago` is given, the moment is known only at the first visit.
  if (!out.ago_ms.has_value() && request.replay->until_ms <= request.target.time_ms) {
    spec.Fail(
        "`spec.replay.until` must be later than `spec.target.time`, where its interval begins");
  }
  if (request.method == reset::Method::kNotifyClients) {
    spec.Fail(
        "`spec.method` must not be 'NotifyClients' together with `spec.replay`: the broker "
        "delivers the messages, no consumer is told to move");
  }
  if (request.direction != reset::Direction::kRewindOnly) {
    spec.Fail(
        "`spec.direction` must be left at 'RewindOnly' together with `spec.replay`: it moves no "
        "offset");
  }
  if (request.include_retry_topic) {
    spec.Fail(
        "`spec.retryTopic` must be 'Keep' together with `spec.replay`: the messages come again "
        "through that topic");
  }
  if (out.verify_mode == VerifyMode::kClients) {
    spec.Fail(
        "`spec.verify.mode` must not be 'Clients' together with `spec.replay`: no consumer is "
        "told to move");
  }
}

// What the CRD says about fields together.
void CheckTogether(SpecReader spec, const AcceptedSpec& out) {
  const reset::Request& request = out.request;
  if (request.target.kind == reset::TargetKind::kLatest &&
      request.direction == reset::Direction::kRewindOnly) {
    spec.Fail(
        "`spec.direction` must be 'SkipOnly' or 'Any' when `spec.target.position` is "
        "'Latest': this target drops unread messages");
  }
  if (request.target.kind == reset::TargetKind::kEarliest &&
      request.direction == reset::Direction::kSkipOnly) {
    spec.Fail(
        "`spec.direction` must be 'RewindOnly' or 'Any' when `spec.target.position` is "
        "'Earliest'");
  }
  const bool exact = request.target.kind == reset::TargetKind::kOffsets ||
                     request.target.kind == reset::TargetKind::kRestoreFrom;
  if (exact && request.method != reset::Method::kBrokerSide) {
    spec.Fail(
        "`spec.method` must be 'BrokerSide' when exact offsets are given: the client-notify "
        "protocol only carries a timestamp");
  }
  if (!request.scope.queues.empty() && request.method != reset::Method::kBrokerSide) {
    spec.Fail(
        "`spec.method` must be 'BrokerSide' when `spec.scope.queues` is set: the "
        "client-notify protocol resets every write queue of a broker");
  }
  if (request.target.kind == reset::TargetKind::kOffsets && request.include_retry_topic) {
    spec.Fail(
        "`spec.retryTopic` must be 'Keep' when `spec.target.offsets` is set: these are offsets of "
        "the topic's own queues");
  }
  if (request.replay.has_value()) CheckReplay(spec, out);
  if (request.group.starts_with("CID_RMQ_SYS_")) {
    spec.Fail("`spec.consumerGroup` must not be a system group");
  }
}

}  // namespace

std::string AcceptedSpec::LockName() const {
  std::vector<std::string> servers = name_servers;
  std::sort(servers.begin(), servers.end());
  std::string name;
  for (const std::string& server : servers) name += server + ";";
  return name + request.topic + ";" + request.group;
}

Result<AcceptedSpec> ParseSpec(const Json& json, const std::string& ns) {
  AcceptedSpec out;
  Status problem;
  SpecReader spec(json, "spec", &problem);
  spec.AllowOnly({"cluster",
                  "topic",
                  "consumerGroup",
                  "target",
                  "direction",
                  "method",
                  "scope",
                  "retryTopic",
                  "replay",
                  "dryRun",
                  "approval",
                  "approvedPlanHash",
                  "cancel",
                  "limits",
                  "interruptedPolicy",
                  "verify",
                  "requestTimeoutSeconds",
                  "activeDeadlineSeconds",
                  "backoffLimit",
                  "ttlSecondsAfterFinished"});
  const bool has_credentials = ReadCluster(spec, ns, &out);
  out.request.topic = spec.Text("topic", true, kTopicRule);
  out.request.group = spec.Text("consumerGroup", true, kGroupRule);
  ReadTarget(spec, &out);
  ReadReplay(spec, &out);
  ReadScope(spec, &out);
  ReadLimits(spec, &out);
  ReadModes(spec, &out);
  ReadTimes(spec, &out);
  ReadApproval(spec, &out);
  CheckTogether(spec, out);
  if (!problem.ok()) return problem;
  if (has_credentials) {
    return Status(ErrorCode::kUnsupported,
                  "`spec.cluster.credentialsSecretRef` is not served by this version: requests "
                  "are not signed; leave it out where the brokers do not check access. Nothing "
                  "was done");
  }
  return out;
}

}  // namespace rewindmq::api
