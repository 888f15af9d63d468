#include "operator/manifests/folder_store.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include "common/base/file.h"
#include "common/base/log.h"

namespace rewindmq::manifests {
namespace {

constexpr std::string_view kErrorSuffix = ".error";

bool IsManifest(const std::string& file) {
  return !file.starts_with(".") && (file.ends_with(".yaml") || file.ends_with(".yml"));
}

uint64_t Hash(std::string_view text) {
  uint64_t hash = 0xcbf29ce484222325U;  // FNV-1a
  for (char c : text) hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3U;
  return hash;
}

std::string Hex(uint64_t value) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(value));
  return text;
}

// A generation of ours is no counter but a hash of the spec: of what may not change once a reset
// has been planned in its upper half, and of the rest in its lower half.
constexpr std::array kChangeable = {"approvedPlanHash",      "cancel",
                                    "requestTimeoutSeconds", "activeDeadlineSeconds",
                                    "backoffLimit",          "ttlSecondsAfterFinished"};
constexpr std::array kChangeableOfReplay = {"paused", "messagesPerSecond"};
constexpr int kHalf = 32;

int64_t GenerationOf(const api::Json& spec) {
  api::Json fixed = spec;
  std::string changeable;
  if (fixed.is_object() && fixed.contains("replay") && fixed["replay"].is_object()) {
    for (const char* name : kChangeableOfReplay) {
      if (!fixed["replay"].contains(name)) continue;
      changeable += name + fixed["replay"][name].dump();
      fixed["replay"].erase(name);
    }
  }
  for (const char* name : kChangeable) {
    if (!fixed.is_object() || !fixed.contains(name)) continue;
    changeable += name + fixed[name].dump();
    fixed.erase(name);
  }
  const uint64_t upper = Hash(fixed.dump()) >> (kHalf + 1);  // never negative
  return static_cast<int64_t>((upper << kHalf) | (Hash(changeable) & 0xFFFFFFFFU));
}

// What the API server does by its rules of immutability.
bool ChangedUnderWay(const api::OffsetReset& reset) {
  return reset.status.plan.has_value() && !reset.finished() &&
         reset.generation >> kHalf != reset.status.observed_generation >> kHalf;
}

// What the API server would have filled in.
api::OffsetReset WithIdentity(api::OffsetReset reset, const YamlDocument& document) {
  if (reset.key.ns.empty()) reset.key.ns = kDefaultNamespace;
  if (reset.uid.empty()) reset.uid = Hex(Hash(reset.key.ToString()));
  reset.resource_version = Hex(Hash(document.text));
  reset.generation = GenerationOf(reset.spec());
  return reset;
}

std::string KindOf(const api::Json& value) {
  const api::Json* kind = api::FindField(value, "kind");
  return kind != nullptr && kind->is_string() ? kind->get<std::string>() : std::string();
}

}  // namespace

FolderStore::FolderStore(std::string folder) : folder_(std::move(folder)) {}

FolderStore::FileContent FolderStore::ReadOne(const std::string& file) const {
  FileContent content;
  Result<std::string> text = ReadFile(PathOf(file), kMaxFileBytes);
  if (!text.ok()) {
    content.error = text.status();
    return content;
  }
  auto documents = ParseDocuments(*text);
  if (!documents.ok()) {
    content.error = documents.status();
    return content;
  }
  content.documents = std::move(documents).value();
  for (size_t i = 0; i < content.documents.size(); ++i) {
    const YamlDocument& document = content.documents[i];
    if (document.value.is_null()) continue;
    const std::string kind = KindOf(document.value);
    if (!kind.empty() && kind != api::kKind) continue;  // Services, Secrets, …: not for us
    Result<api::OffsetReset> reset = api::FromJson(document.value);
    if (!reset.ok()) {
      content.error =
          reset.status().WithContext("the document at line " + std::to_string(document.first_line));
      continue;
    }
    // Found out now: what cannot be recorded must not be begun.
    auto editable = WithStatus(document, api::ToJson(*reset)["status"]);
    if (!editable.ok()) {
      content.error = editable.status();
      continue;
    }
    api::OffsetReset known = WithIdentity(std::move(reset).value(), document);
    if (ChangedUnderWay(known)) {
      content.error = Status(ErrorCode::kInvalidArgument,
                             "the spec of OffsetReset " + known.key.ToString() +
                                 " was changed while it is under way; put back what it was, and "
                                 "write another OffsetReset for what you want now");
      continue;
    }
    content.resets.push_back(std::move(known));
    content.document_of.push_back(i);
  }
  return content;
}

void FolderStore::ReportError(const std::string& file, const Status& error) {
  const std::string path = PathOf(file) + std::string(kErrorSuffix);
  if (error.ok()) {
    if (broken_files_.erase(file) > 0 || FileExists(path)) ::unlink(path.c_str());
    return;
  }
  const std::string text = file + ": " + error.message() + "\n";
  if (Result<std::string> old = ReadFile(path); old.ok() && *old == text) {
    broken_files_.insert(file);
    return;
  }
  spdlog::error("{}: {}", PathOf(file), error.message());
  broken_files_.insert(file);
  if (Status written = ReplaceFile(path, text); !written.ok()) {
    spdlog::error("{}", written.message());
  }
  ::unlink((path + ".bak").c_str());
}

Result<std::vector<api::ObjectKey>> FolderStore::Scan() {
  REWIND_TRY_ASSIGN(std::vector<std::string> files, ListDirectory(folder_));
  std::map<api::ObjectKey, Entry> found;
  std::lock_guard lock(mutex_);
  std::set<std::string> present;
  for (const std::string& file : files) {
    if (!IsManifest(file)) continue;
    present.insert(file);
    FileContent content = ReadOne(file);
    for (api::OffsetReset& reset : content.resets) {
      auto [entry, is_new] = found.try_emplace(reset.key, Entry{file, reset});
      if (!is_new) {
        content.error = Status(ErrorCode::kInvalidArgument,
                               "OffsetReset " + reset.key.ToString() + " is already in " +
                                   entry->second.file + "; give it a name of its own");
      }
    }
    ReportError(file, content.error);
  }
  std::erase_if(broken_files_, [&](const std::string& file) { return !present.contains(file); });
  std::vector<api::ObjectKey> changed;
  for (const auto& [key, entry] : found) {
    auto known = entries_.find(key);
    if (known == entries_.end() ||
        known->second.reset.resource_version != entry.reset.resource_version) {
      changed.push_back(key);
    }
  }
  for (const auto& [key, entry] : entries_) {
    if (!found.contains(key)) changed.push_back(key);
  }
  entries_ = std::move(found);
  settled_.notify_all();
  return changed;
}

Result<api::OffsetReset> FolderStore::Get(const api::ObjectKey& key) {
  std::lock_guard lock(mutex_);
  auto entry = entries_.find(key);
  if (entry == entries_.end()) return Status(ErrorCode::kNotFound, key.ToString() + " is gone");
  for (const api::OffsetReset& reset : ReadOne(entry->second.file).resets) {
    if (reset.key != key) continue;
    entry->second.reset = reset;
    return reset;
  }
  return Status(ErrorCode::kNotFound, key.ToString() + " is gone from " + entry->second.file);
}

Result<std::vector<api::OffsetReset>> FolderStore::List() {
  std::lock_guard lock(mutex_);
  std::vector<api::OffsetReset> all;
  for (const auto& [key, entry] : entries_) all.push_back(entry.reset);
  return all;
}

Status FolderStore::WriteInto(const std::string& file, const FileContent& content, size_t document,
                              const api::OffsetReset& reset) const {
  std::string text;
  for (size_t i = 0; i < content.documents.size(); ++i) {
    text += content.documents[i].marker;
    if (i != document) {
      text += content.documents[i].text;
      continue;
    }
    REWIND_TRY_ASSIGN(std::string edited,
                      WithStatus(content.documents[i], api::ToJson(reset)["status"]));
    text += edited;
  }
  REWIND_TRY(ReplaceFile(PathOf(file), text));
  // The content before is of no use to anybody here, and not what users want in their folder.
  ::unlink((PathOf(file) + ".bak").c_str());
  return Status::Ok();
}

Result<api::OffsetReset> FolderStore::SetHeld(const api::OffsetReset&, bool) {
  return Status(ErrorCode::kUnsupported, "a file cannot be kept from being removed");
}

Result<std::string> FolderStore::WriteResults(const api::OffsetReset&,
                                              const std::map<std::string, std::string>&) {
  return Status(ErrorCode::kUnsupported, "a folder has manifests only");
}

Result<api::OffsetReset> FolderStore::UpdateStatus(const api::OffsetReset& reset) {
  std::lock_guard lock(mutex_);
  auto entry = entries_.find(reset.key);
  if (entry == entries_.end()) {
    return Status(ErrorCode::kNotFound, reset.key.ToString() + " is gone");
  }
  const std::string file = entry->second.file;
  FileContent content = ReadOne(file);
  for (size_t i = 0; i < content.resets.size(); ++i) {
    if (content.resets[i].key != reset.key) continue;
    if (content.resets[i].resource_version != reset.resource_version) {
      return Status(ErrorCode::kConflict, file + " has been edited meanwhile");
    }
    if (Status written = WriteInto(file, content, content.document_of[i], reset); !written.ok()) {
      ReportError(file, written);
      return written;
    }
    for (const api::OffsetReset& stored : ReadOne(file).resets) {
      if (stored.key != reset.key) continue;
      entry->second.reset = stored;
      settled_.notify_all();
      return stored;
    }
  }
  return Status(ErrorCode::kNotFound, reset.key.ToString() + " is gone from " + file);
}

Status FolderStore::Delete(const api::OffsetReset&) {
  return {ErrorCode::kUnsupported, "files are never deleted: delete it when you no longer need it"};
}

void FolderStore::Event(const api::OffsetReset& reset, bool warning, const std::string& reason,
                        const std::string& message) {
  spdlog::log(warning ? spdlog::level::warn : spdlog::level::info, "OffsetReset {}: {}: {}",
              reset.key.ToString(), reason, message);
}

bool FolderStore::WaitUntilSettled(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  return settled_.wait(lock, stop, [this] {
    return std::all_of(entries_.begin(), entries_.end(),
                       [](const auto& entry) { return entry.second.reset.settled(); });
  });
}

bool FolderStore::AnyFailed() const {
  std::lock_guard lock(mutex_);
  return !broken_files_.empty() ||
         std::any_of(entries_.begin(), entries_.end(), [](const auto& entry) {
           return entry.second.reset.status.IsTrue(api::kFailed);
         });
}

}  // namespace rewindmq::manifests
