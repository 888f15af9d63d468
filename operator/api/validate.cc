#include "operator/api/validate.h"

#include <algorithm>

#include "common/base/time_format.h"
#include "operator/api/spec_reader.h"

namespace rewindmq::api {
namespace {

constexpr size_t kMaxNameServers = 16;
constexpr size_t kMaxBrokers = 128;
constexpr size_t kMaxQueues = 512;
constexpr int64_t kDefaultNameServerPort = 9876;
constexpr int64_t kMsPerSecond = 1000;

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool IsRocketName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) || c == '%' || c == '|' || c == '_' || c == '-';
  });
}

bool IsHostPort(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string_view host = text.substr(0, colon);
  std::string_view port = text.substr(colon + 1);
  bool digits = !port.empty() && port.size() <= 5 &&
                std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return false;
  if (host.front() == '[' && host.back() == ']' && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
    return std::all_of(host.begin(), host.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f') ||
             c == ':' || c == '.';
    });
  }
  return IsAlnum(host.front()) && IsAlnum(host.back()) &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return IsAlnum(c) || c == '-' || c == '.'; });
}

bool IsTime(std::string_view text) { return ParseRfc3339(text).ok(); }

bool IsAgo(std::string_view text) {
  if (text.size() < 2 || text.size() > 8 || text[0] < '1' || text[0] > '9') return false;
  std::string_view digits = text.substr(0, text.size() - 1);
  return std::string_view("smhd").find(text.back()) != std::string_view::npos &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsPlanHash(std::string_view text) {
  return text.size() == 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

constexpr std::string_view kRocketNameText = "letters, digits, '%', '|', '_' and '-'";
constexpr TextRule kTopicRule = {1, 127, IsRocketName, kRocketNameText};
constexpr TextRule kGroupRule = {1, 255, IsRocketName, kRocketNameText};
constexpr TextRule kHostPortRule = {1, 260, IsHostPort, "'host:port', like 'nameserver:9876'"};
constexpr TextRule kTimeRule = {1, 40, IsTime, "a time like 2026-01-02T03:04:05Z"};
constexpr TextRule kAgoRule = {1, 8, IsAgo, "a number and s, m, h or d, like '15m'"};
constexpr TextRule kBrokerRule = {1, 127, nullptr, {}};
constexpr TextRule kReferenceRule = {1, 63, nullptr, {}};
constexpr TextRule kSecretRule = {1, 253, nullptr, {}};
constexpr TextRule kHashRule = {16, 16, IsPlanHash, "16 hexadecimal digits"};

// Collects the first field that later versions serve; an invalid field goes before it.
struct Unserved {
  std::string field;
  void Note(bool present, std::string name) {
    if (present && field.empty()) field = std::move(name);
  }
};

int64_t AgoMs(const std::string& text) {
  int64_t seconds = 1;
  if (text.back() == 'm') seconds = 60;
  if (text.back() == 'h') seconds = 60 * 60;
  if (text.back() == 'd') seconds = 24 * 60 * 60;
  return std::stoll(text.substr(0, text.size() - 1)) * seconds * kMsPerSecond;
}

void ReadCluster(SpecReader spec, const std::string& ns, AcceptedSpec* out, Unserved* unserved) {
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
    unserved->Note(true, cluster.Path("credentialsSecretRef"));
  }
}

reset::ScopedQueue ReadQueueName(SpecReader* queue) {
  reset::ScopedQueue name;
  name.broker_name = queue->Text("brokerName", true, kBrokerRule);
  if (!queue->Has("queueId")) queue->Fail("`" + queue->Path("queueId") + "` must be set");
  name.queue_id = static_cast<int32_t>(queue->Integer("queueId", {0, INT32_MAX}).value_or(0));
  return name;
}

void ReadTarget(SpecReader spec, AcceptedSpec* out, Unserved* unserved) {
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
  target.Each("offsets", kMaxQueues, [&](const Json& value, const std::string& path) {
    Status problem;
    SpecReader offset(value, path, &problem);
    offset.AllowOnly({"brokerName", "queueId", "offset"});
    ReadQueueName(&offset);
    if (!offset.Has("offset")) offset.Fail("`" + offset.Path("offset") + "` must be set");
    offset.Integer("offset", {0, INT64_MAX});
    if (!problem.ok()) target.Fail(problem.message());
  });
  if (target.Has("offsets")) out->request.target.kind = reset::TargetKind::kOffsets;
  if (target.Has("restoreFrom")) {
    out->request.target.kind = reset::TargetKind::kRestoreFrom;
    SpecReader restore = target.Part("restoreFrom");
    restore.AllowOnly({"name"});
    restore.Text("name", true, kReferenceRule);
  }
  unserved->Note(target.Has("offsets"), target.Path("offsets"));
  unserved->Note(target.Has("restoreFrom"), target.Path("restoreFrom"));
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
  out->max_replay_messages = limits.Integer("maxReplayMessages", {0, INT64_MAX});
  out->max_skip_messages = limits.Integer("maxSkipMessages", {0, INT64_MAX});
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
  out->dry_run = spec.Bool("dryRun", false);
  out->cancel = spec.Bool("cancel", false);
}

void ReadTimes(SpecReader spec, AcceptedSpec* out, Unserved* unserved) {
  SpecReader verify = spec.Part("verify");
  verify.AllowOnly({"mode", "settleSeconds"});
  std::string mode = verify.Choice("mode", {"Committed", "None", "Clients"});
  if (mode == "None") out->verify_mode = VerifyMode::kNone;
  unserved->Note(mode == "Clients", verify.Path("mode") + " 'Clients'");
  const int64_t settle_s = verify.Integer("settleSeconds", {0, 600}).value_or(20);
  const int64_t timeout_s = spec.Integer("requestTimeoutSeconds", {1, 120}).value_or(10);
  const int64_t deadline_s = spec.Integer("activeDeadlineSeconds", {5, 86400}).value_or(600);
  out->settle_ms = settle_s * kMsPerSecond;
  out->request_timeout_ms = static_cast<int32_t>(timeout_s * kMsPerSecond);
  out->active_deadline_ms = deadline_s * kMsPerSecond;
  out->backoff_limit = static_cast<int32_t>(spec.Integer("backoffLimit", {0, 20}).value_or(3));
  if (deadline_s <= settle_s) {
    spec.Fail("`spec.activeDeadlineSeconds` must be greater than `spec.verify.settleSeconds`");
  }
  spec.Integer("ttlSecondsAfterFinished", {0, INT32_MAX});
  unserved->Note(spec.Has("ttlSecondsAfterFinished"), spec.Path("ttlSecondsAfterFinished"));
}

void ReadApproval(SpecReader spec, const AcceptedSpec& out, Unserved* unserved) {
  std::string approval = spec.Choice("approval", {"Automatic", "Required"});
  spec.Text("approvedPlanHash", false, kHashRule);
  std::string policy = spec.Choice("interruptedPolicy", {"Stop", "Resume"});
  if (spec.Has("approvedPlanHash") && approval != "Required") {
    spec.Fail("`spec.approvedPlanHash` may only be set when `spec.approval` is 'Required'");
  }
  if (out.dry_run && approval == "Required") {
    spec.Fail("`spec.approval` may not be 'Required' for a dry run");
  }
  unserved->Note(approval == "Required", spec.Path("approval") + " 'Required'");
  unserved->Note(policy == "Resume", spec.Path("interruptedPolicy") + " 'Resume'");
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
  Unserved unserved;
  SpecReader spec(json, "spec", &problem);
  spec.AllowOnly({"cluster", "topic", "consumerGroup", "target", "direction", "method", "scope",
                  "dryRun", "approval", "approvedPlanHash", "cancel", "limits", "interruptedPolicy",
                  "verify", "requestTimeoutSeconds", "activeDeadlineSeconds", "backoffLimit",
                  "ttlSecondsAfterFinished"});
  ReadCluster(spec, ns, &out, &unserved);
  out.request.topic = spec.Text("topic", true, kTopicRule);
  out.request.group = spec.Text("consumerGroup", true, kGroupRule);
  ReadTarget(spec, &out, &unserved);
  ReadScope(spec, &out);
  ReadLimits(spec, &out);
  ReadModes(spec, &out);
  ReadTimes(spec, &out, &unserved);
  ReadApproval(spec, out, &unserved);
  CheckTogether(spec, out);
  if (!problem.ok()) return problem;
  if (!unserved.field.empty()) {
    return Status(ErrorCode::kUnsupported,
                  "`" + unserved.field + "` is not served by this version; nothing was done");
  }
  return out;
}

}  // namespace rewindmq::api
