#include "common/base/settings.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "common/base/file.h"
#include "common/base/parse.h"

namespace rewindmq {
namespace {

constexpr size_t kSettingsFileLimitBytes = 1U << 20;

Status Bad(const Setting& setting, std::string_view key, std::string_view why) {
  return {ErrorCode::kInvalidArgument, setting.origin + ": " + std::string(key) + " is '" +
                                           setting.value + "'; " + std::string(why)};
}

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

}  // namespace

std::string EnvironmentName(std::string_view key) {
  std::string name = "REWIND_";
  for (size_t i = 0; i < key.size(); ++i) {
    bool starts_word = std::isupper(static_cast<unsigned char>(key[i])) && i > 0 &&
                       !std::isupper(static_cast<unsigned char>(key[i - 1]));
    if (starts_word) name += '_';
    name += static_cast<char>(std::toupper(static_cast<unsigned char>(key[i])));
  }
  return name;
}

Status Settings::LoadFile(const std::string& path) {
  REWIND_TRY_ASSIGN(std::string text, ReadFile(path, kSettingsFileLimitBytes));
  if (EndsWith(path, ".yaml") || EndsWith(path, ".yml")) return LoadYaml(path, text);
  return LoadProperties(path, text);
}

Status Settings::LoadProperties(const std::string& path, std::string_view text) {
  for (int line_number = 1; !text.empty(); ++line_number) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = Trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#' || line[0] == '!') continue;
    std::string origin = path + ":" + std::to_string(line_number);
    size_t equals = line.find_first_of("=:");
    if (equals == std::string_view::npos) {
      return {ErrorCode::kInvalidArgument,
              origin + ": '" + std::string(line) + "' has no '='; write key=value"};
    }
    Set(std::string(Trim(line.substr(0, equals))), std::string(Trim(line.substr(equals + 1))),
        origin);
  }
  return Status::Ok();
}

Status Settings::LoadYaml(const std::string& path, const std::string& text) {
  try {
    YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return Status::Ok();
    if (!root.IsMap()) {
      return {ErrorCode::kInvalidArgument, path + ": must be a map of settings, key: value"};
    }
    for (const auto& entry : root) {
      std::string origin = path + ":" + std::to_string(entry.first.Mark().line + 1);
      if (!entry.second.IsScalar()) {
        return {ErrorCode::kInvalidArgument,
                origin + ": " + entry.first.as<std::string>() + " must be a single value"};
      }
      Set(entry.first.as<std::string>(), entry.second.as<std::string>(), origin);
    }
  } catch (const YAML::Exception& error) {
    return {ErrorCode::kInvalidArgument,
            path + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg};
  }
  return Status::Ok();
}

void Settings::LoadEnvironment(const std::vector<std::string>& known_keys) {
  for (const std::string& key : known_keys) {
    std::string name = EnvironmentName(key);
    if (const char* value = std::getenv(name.c_str())) Set(key, value, "environment " + name);
  }
}

void Settings::Set(std::string key, std::string value, std::string origin) {
  values_[std::move(key)] = Setting{std::move(value), std::move(origin)};
}

const Setting* Settings::Find(std::string_view key) const {
  auto it = values_.find(std::string(key));
  return it == values_.end() ? nullptr : &it->second;
}

Status Settings::Read(std::string_view key, std::string* target) const {
  if (const Setting* setting = Find(key)) *target = setting->value;
  return Status::Ok();
}

Status Settings::Read(std::string_view key, bool* target) const {
  const Setting* setting = Find(key);
  if (setting == nullptr) return Status::Ok();
  Result<bool> value = ParseBool(setting->value, key);
  if (!value.ok()) return Bad(*setting, key, "it must be true or false");
  *target = *value;
  return Status::Ok();
}

Result<int64_t> Settings::ReadInteger(const Setting& setting, std::string_view key, int64_t min,
                                      int64_t max) const {
  Result<int64_t> value = ParseInt64(setting.value, key);
  if (!value.ok() || *value < min || *value > max) {
    return Bad(setting, key,
               "it must be a number from " + std::to_string(min) + " to " + std::to_string(max));
  }
  return value;
}

Status Settings::Read(std::string_view key, int32_t* target, int64_t min, int64_t max) const {
  const Setting* setting = Find(key);
  if (setting == nullptr) return Status::Ok();
  REWIND_TRY_ASSIGN(int64_t value, ReadInteger(*setting, key, min, max));
  *target = static_cast<int32_t>(value);
  return Status::Ok();
}

Status Settings::Read(std::string_view key, int64_t* target, int64_t min, int64_t max) const {
  const Setting* setting = Find(key);
  if (setting == nullptr) return Status::Ok();
  REWIND_TRY_ASSIGN(*target, ReadInteger(*setting, key, min, max));
  return Status::Ok();
}

Status Settings::ReadChoice(std::string_view key, const std::vector<std::string>& choices,
                            std::string* target) const {
  const Setting* setting = Find(key);
  if (setting == nullptr) return Status::Ok();
  if (std::find(choices.begin(), choices.end(), setting->value) == choices.end()) {
    std::string allowed;
    for (const std::string& choice : choices) allowed += (allowed.empty() ? "" : ", ") + choice;
    return Bad(*setting, key, "it must be one of " + allowed);
  }
  *target = setting->value;
  return Status::Ok();
}

std::vector<std::string> Settings::Unknown(const std::vector<std::string>& known_keys) const {
  std::vector<std::string> unknown;
  for (const auto& [key, setting] : values_) {
    if (std::find(known_keys.begin(), known_keys.end(), key) == known_keys.end()) {
      unknown.push_back(key + " (" + setting.origin + ")");
    }
  }
  return unknown;
}

}  // namespace rewindmq
