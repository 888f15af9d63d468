#pragma once
// Settings of a server from three places, later ones winning: a file (RocketMQ's properties form or
// YAML), environment variables, command-line flags. Every value remembers where it came from, so a
// bad one is reported with file and line. Thread safety: build and read in one thread.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/live.h"
#include "common/base/status.h"

namespace rewindmq {

struct Setting {
  std::string value;
  std::string origin;  // "broker.conf:12", "environment REWIND_LISTEN_PORT", "flag --listenPort"
};

// Keys as RocketMQ writes them: listenPort, brokerName, …
class Settings {
 public:
  // Reads *.yaml and *.yml as a flat YAML map, everything else as key=value lines with # comments.
  // kInvalidArgument names file and line; kNotFound names the file.
  Status LoadFile(const std::string& path);
  // For every known key looks up REWIND_ and the key in upper snake case (REWIND_LISTEN_PORT).
  void LoadEnvironment(const std::vector<std::string>& known_keys);
  void Set(std::string key, std::string value, std::string origin);

  const std::map<std::string, Setting>& all() const { return values_; }

  // Each reads one key into *target, which keeps its default when the key is absent. Range and
  // form are checked; kInvalidArgument names the origin, the key, the value and what is allowed.
  Status Read(std::string_view key, std::string* target) const;
  Status Read(std::string_view key, bool* target) const;
  Status Read(std::string_view key, int32_t* target, int64_t min, int64_t max) const;
  Status Read(std::string_view key, int64_t* target, int64_t min, int64_t max) const;
  template <typename T, typename... Range>
  Status Read(std::string_view key, Live<T>* target, Range... range) const {
    T value = target->get();
    REWIND_TRY(Read(key, &value, range...));
    target->set(value);
    return Status::Ok();
  }
  Status ReadChoice(std::string_view key, const std::vector<std::string>& choices,
                    std::string* target) const;

  // Keys that are present but not known, as "key (origin)": typing errors, or settings of Java's
  // that have no meaning here. Servers log each as a warning and go on.
  std::vector<std::string> Unknown(const std::vector<std::string>& known_keys) const;

 private:
  Status LoadProperties(const std::string& path, std::string_view text);
  Status LoadYaml(const std::string& path, const std::string& text);
  Result<int64_t> ReadInteger(const Setting& setting, std::string_view key, int64_t min,
                              int64_t max) const;
  const Setting* Find(std::string_view key) const;

  std::map<std::string, Setting> values_;
};

// "listenPort" -> "REWIND_LISTEN_PORT".
std::string EnvironmentName(std::string_view key);

}  // namespace rewindmq
