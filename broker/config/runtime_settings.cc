#include "broker/config/runtime_settings.h"

#include "broker/options/setting_rows.h"
#include "common/base/log_level.h"
#include "common/base/metadata_file.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::broker {
namespace {

constexpr std::string_view kFileName = "/brokerConfig.json";

// Checks the values by reading them onto a copy of the options.
Result<BrokerOptions> With(const BrokerOptions& options, const RuntimeSettings::Values& changes) {
  Settings settings;
  for (const auto& [key, value] : changes) settings.Set(key, value, "update");
  BrokerOptions changed = options;
  REWIND_TRY(ApplyBrokerSettings(settings, &changed));
  LogOptions log = changed.log;
  REWIND_TRY(CheckLogOptions(log));
  return changed;
}

std::string Joined(const std::vector<std::string>& keys) {
  std::string text;
  for (const std::string& key : keys) text += (text.empty() ? "" : ", ") + key;
  return text;
}

}  // namespace

std::string RuntimeSettings::Encode(const File& file) {
  protocol::JsonWriter writer;
  writer.BeginObject();
  writer.Key("dataVersion");
  writer.Raw(protocol::EncodeDataVersion(file.version));
  writer.Key("settings");
  writer.BeginObject();
  for (const auto& [key, changed] : file.overlay) {
    writer.Key(key);
    writer.BeginObject();
    writer.Member("replaced", changed.replaced);
    writer.Member("value", changed.value);
    writer.EndObject();
  }
  writer.EndObject();
  writer.EndObject();
  return writer.Take();
}

Result<RuntimeSettings::File> RuntimeSettings::Decode(std::string_view text) {
  REWIND_TRY_ASSIGN(nlohmann::json document, protocol::ParseJavaObject(text));
  protocol::JsonMembers members(document);
  File file;
  if (const nlohmann::json* version = members.Object("dataVersion")) {
    REWIND_TRY_ASSIGN(file.version, protocol::DataVersionFromJson(*version));
  }
  if (const nlohmann::json* settings = members.Object("settings")) {
    for (const auto& [key, value] : settings->items()) {
      protocol::JsonMembers changed(value);
      file.overlay[key] = {changed.Text("value"), changed.Text("replaced")};
      members.Note(changed.status());
    }
  }
  REWIND_TRY(members.status());
  return file;
}

Result<std::unique_ptr<RuntimeSettings>> RuntimeSettings::Load(const std::string& config_directory,
                                                               const Clock* clock,
                                                               BrokerOptions* options,
                                                               FileSystem& files) {
  std::unique_ptr<RuntimeSettings> settings(
      new RuntimeSettings(config_directory + std::string(kFileName), clock, &files));
  Result<File> file = LoadMetadataFile<File>(files, settings->path_, Decode);
  if (file.ok()) {
    settings->file_ = std::move(*file);
  } else if (file.status().code() != ErrorCode::kNotFound) {
    return file.status();
  }
  for (const SettingRow& row : SettingRows()) {
    settings->at_start_[std::string(row.key)] = row.text(*options);
  }
  settings->LayOver(options);
  return settings;
}

void RuntimeSettings::LayOver(BrokerOptions* options) {
  std::lock_guard lock(mutex_);
  for (auto it = file_.overlay.begin(); it != file_.overlay.end();) {
    const auto& [key, changed] = *it;
    auto start = at_start_.find(key);
    bool current = start != at_start_.end() && start->second == changed.replaced;
    Result<BrokerOptions> with = With(*options, {{key, changed.value}});
    if (current && with.ok()) {
      spdlog::info("setting {} is {} by a change at run time, not {}; see {}", key, changed.value,
                   changed.replaced, path_);
      *options = *with;
      ++it;
      continue;
    }
    spdlog::warn("setting {}: the change to {} at run time is forgotten: {}", key, changed.value,
                 current ? with.status().message()
                         : "it replaced " + changed.replaced + ", and that has been changed since");
    it = file_.overlay.erase(it);
  }
}

Status RuntimeSettings::Check(const Values& changes) const {
  std::vector<std::string> unknown;
  std::vector<std::string> refused;
  for (const auto& [key, value] : changes) {
    const SettingRow* row = FindSettingRow(key);
    if (row == nullptr) {
      unknown.push_back(key);
    } else if (row->change == Change::kRefused && row->text(*live_) != value) {
      refused.push_back(key);
    }
  }
  if (!unknown.empty()) {
    return {ErrorCode::kInvalidArgument, "nothing is changed: this broker has no setting " +
                                             Joined(unknown) + "; code 26 lists all"};
  }
  if (!refused.empty()) {
    return {ErrorCode::kPermissionDenied, "nothing is changed: " + Joined(refused) +
                                              " can only be changed in the broker's configuration"};
  }
  return Status::Ok();
}

Result<std::vector<std::string>> RuntimeSettings::Update(const Values& changes) {
  std::lock_guard lock(mutex_);
  REWIND_TRY(Check(changes));
  Result<BrokerOptions> with = With(*live_, changes);
  if (!with.ok()) return with.status().WithContext("nothing is changed");
  File next = file_;
  std::vector<std::string> at_restart;
  for (const auto& [key, value] : changes) {
    const SettingRow* row = FindSettingRow(key);
    if (row->change == Change::kRefused) continue;
    std::string text = row->text(*with);
    const std::string& start = at_start_.at(key);
    if (text == start) {
      next.overlay.erase(key);
    } else {
      next.overlay[key] = {text, start};
    }
    if (row->change == Change::kAtRestart && text != row->text(*live_)) at_restart.push_back(key);
  }
  next.version.Next(clock_->WallMs());
  REWIND_TRY(SaveMetadataFile(*files_, path_, Encode(next)));
  file_ = std::move(next);
  for (const auto& [key, value] : changes) {
    const SettingRow* row = FindSettingRow(key);
    spdlog::info("setting {} is changed to {} at run time{}", key, value,
                 row->change == Change::kAtRestart ? ", from the next start on" : "");
    if (row->change == Change::kAtOnce) row->copy(*with, live_);
  }
  if (listener_) listener_(*live_);
  return at_restart;
}

RuntimeSettings::Values RuntimeSettings::All() const {
  std::lock_guard lock(mutex_);
  Values values;
  for (const SettingRow& row : SettingRows()) values[std::string(row.key)] = row.text(*live_);
  // What waits for a restart is shown as it will be, as in Java.
  for (const auto& [key, changed] : file_.overlay) values[key] = changed.value;
  return values;
}

protocol::DataVersion RuntimeSettings::data_version() const {
  std::lock_guard lock(mutex_);
  return file_.version;
}

}  // namespace rewindmq::broker
