#include "operator/kube/events.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

#include "common/base/time_format.h"

namespace rewindmq::kube {
namespace {

constexpr int64_t kDeadlineMs = 5'000;
constexpr size_t kNameLimitBytes = 253;

// Kubernetes' MicroTime: exactly six digits behind the point.
std::string MicroTime(int64_t wall_ms) {
  std::string text = FormatRfc3339(wall_ms, /*with_milliseconds=*/true);
  text.insert(text.size() - 1, "000");
  return text;
}

// At most `limit_bytes`, not cut inside a UTF-8 character.
std::string Shortened(const std::string& text, size_t limit_bytes) {
  if (text.size() <= limit_bytes) return text;
  size_t end = limit_bytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return text.substr(0, end);
}

std::string Field(const nlohmann::json& object, const char* name) {
  return object.is_object() ? object.value(nlohmann::json::json_pointer(name), std::string())
                            : std::string();
}

}  // namespace

EventRecorder::EventRecorder(RestClient& client, const Clock& clock, std::string controller,
                             std::string instance, std::stop_token stop)
    : client_(client),
      clock_(clock),
      controller_(std::move(controller)),
      instance_(std::move(instance)),
      stop_(std::move(stop)) {}

void EventRecorder::Record(const nlohmann::json& object, Type type, const std::string& reason,
                           const std::string& action, const std::string& note) {
  const char* type_name = type == Type::kNormal ? "Normal" : "Warning";
  std::string uid = Field(object, "/metadata/uid");
  std::string name = Field(object, "/metadata/name");
  std::string name_space = Field(object, "/metadata/namespace");
  std::string event_space = name_space.empty() ? "default" : name_space;
  std::string collection =
      "/apis/events.k8s.io/v1/namespaces/" + PercentEncode(event_space) + "/events";
  std::string situation = uid + '\n' + type_name + '\n' + reason + '\n' + note;
  int64_t now_ms = clock_.SteadyMs();
  int64_t wall_ms = clock_.WallMs();

  // One writer at a time: else two threads would both make the situation's first Event.
  std::lock_guard lock(mutex_);
  Forget(now_ms);
  auto known = situations_.find(situation);
  if (known != situations_.end()) {
    known->second.last_ms = now_ms;
    ++known->second.count;
    if (Repeat(known->second)) return;
    situations_.erase(known);
  }
  std::string suffix = "." + std::to_string(wall_ms) + "-" + std::to_string(next_number_++);
  std::string event_name = Shortened(name, kNameLimitBytes - suffix.size()) + suffix;
  nlohmann::json event = {{"apiVersion", "events.k8s.io/v1"},
                          {"kind", "Event"},
                          {"metadata", {{"name", event_name}, {"namespace", event_space}}},
                          {"eventTime", MicroTime(wall_ms)},
                          {"reportingController", controller_},
                          {"reportingInstance", instance_},
                          {"type", type_name},
                          {"reason", reason},
                          {"action", action},
                          {"note", Shortened(note, kNoteLimitBytes)},
                          {"regarding",
                           {{"apiVersion", Field(object, "/apiVersion")},
                            {"kind", Field(object, "/kind")},
                            {"namespace", name_space},
                            {"name", name},
                            {"uid", uid},
                            {"resourceVersion", Field(object, "/metadata/resourceVersion")}}}};
  RestReply reply = client_.Post(collection, event, {.deadline_ms = kDeadlineMs, .stop = stop_});
  // A conflict is our own request, which the HTTP library has sent a second time.
  if (!reply.status.ok() && reply.status.code() != ErrorCode::kConflict) {
    spdlog::warn("the event {} about {} is lost: {}", reason, name, reply.status.ToString());
    return;
  }
  situations_[situation] = {collection + "/" + PercentEncode(event_name), 1, now_ms};
}

bool EventRecorder::Repeat(const Situation& known) {
  nlohmann::json patch = {
      {"series", {{"count", known.count}, {"lastObservedTime", MicroTime(clock_.WallMs())}}}};
  RestReply reply = client_.Patch(known.event_path, RestClient::PatchType::kMerge, patch,
                                  {.deadline_ms = kDeadlineMs, .stop = stop_});
  // The API server deletes Events after an hour; somebody else may do so at any time.
  if (reply.status.code() == ErrorCode::kNotFound) return false;
  if (!reply.status.ok()) spdlog::warn("an event is not counted: {}", reply.status.ToString());
  return true;
}

void EventRecorder::Forget(int64_t now_ms) {
  std::erase_if(situations_, [now_ms](const auto& entry) {
    return now_ms - entry.second.last_ms >= kSameSituationMs;
  });
  if (situations_.size() < kMostSituations) return;
  situations_.erase(std::min_element(
      situations_.begin(), situations_.end(),
      [](const auto& a, const auto& b) { return a.second.last_ms < b.second.last_ms; }));
}

}  // namespace rewindmq::kube
