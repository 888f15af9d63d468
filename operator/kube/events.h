#pragma once
// Writes Kubernetes Events (events.k8s.io/v1) about objects. The same situation again - same
// object, type, reason and note within six minutes - raises the count of the Event that exists,
// as client-go's recorder does. Events are a courtesy: failures are logged, never returned.
// Thread safety: every call may come from any thread; a call lasts as long as its request.

#include <cstdint>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>

#include "common/base/clock.h"
#include "operator/kube/rest_client.h"

namespace rewindmq::kube {

class EventRecorder {
 public:
  static constexpr int64_t kSameSituationMs = 360'000;
  static constexpr size_t kMostSituations = 1024;
  static constexpr size_t kNoteLimitBytes = 1024;  // the API server's own limit
  enum class Type { kNormal, kWarning };

  // `controller` is the program's qualified name, `instance` that of this process (a pod's name).
  // `client` and `clock` outlive the recorder; `stop` ends requests under way.
  EventRecorder(RestClient& client, const Clock& clock, std::string controller,
                std::string instance, std::stop_token stop);

  // `object` needs apiVersion, kind and metadata; `reason` and `action` are CamelCase words.
  void Record(const nlohmann::json& object, Type type, const std::string& reason,
              const std::string& action, const std::string& note);

 private:
  struct Situation {
    std::string event_path;
    int64_t count;
    int64_t last_ms;
  };

  // Raises the count of the Event at `known`; false when there is none any more.
  bool Repeat(const Situation& known);
  void Forget(int64_t now_ms);

  RestClient& client_;
  const Clock& clock_;
  const std::string controller_;
  const std::string instance_;
  const std::stop_token stop_;
  std::mutex mutex_;
  std::map<std::string, Situation> situations_;
  uint64_t next_number_ = 1;
};

}  // namespace rewindmq::kube
