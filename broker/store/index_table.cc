#include "broker/store/index_table.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <mutex>

#include "common/base/log.h"
#include "common/base/parse.h"

namespace rewindmq::store {
namespace {

constexpr size_t kNameDigits = 17;

bool IsIndexName(const std::string& name) {
  return name.size() == kNameDigits &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// In the machine's time zone, as Java names them.
std::string TimeName(int64_t wall_ms) {
  std::time_t seconds = wall_ms / 1000;
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  char text[kNameDigits + 1] = {};
  size_t length = std::strftime(text, sizeof text, "%Y%m%d%H%M%S", &parts);
  std::string ms = std::to_string(wall_ms % 1000);
  return std::string(text, length) + std::string(3 - ms.size(), '0') + ms;
}

}  // namespace

Status IndexTable::Load() {
  FileSystem& files = options_.disk->files();
  loaded_.clear();
  if (!files.Exists(options_.directory)) return Status::Ok();
  REWIND_TRY_ASSIGN(std::vector<std::string> names, files.List(options_.directory));
  for (const std::string& name : names) {
    if (!IsIndexName(name)) continue;
    last_name_ = name;
    std::string path = options_.directory + "/" + name;
    Result<std::shared_ptr<IndexFile>> file = IndexFile::Open(options_.disk, path, options_.shape);
    if (file.ok()) {
      loaded_.push_back(*file);
    } else if (file.status().code() == ErrorCode::kInvalidArgument) {
      spdlog::warn("index file {} is not used, its messages are indexed again: {}", path,
                   file.status().message());
    } else {
      return file.status();
    }
  }
  return Status::Ok();
}

Status IndexTable::RemoveLast(Files* files) {
  folder_synced_ = false;
  REWIND_TRY(files->back()->Unlink());
  files->pop_back();
  return Status::Ok();
}

// The files in front of the newest were full and synced before anything behind them was vouched
// for, so they are whole.
Status IndexTable::Repair(Files* files, const IndexTrust& trust, int64_t end) {
  bool suspect = !trust.was_closed;
  // A file that was cut short has to be built again with all behind it.
  auto cut = std::find_if(files->begin(), files->end(), [files](const auto& file) {
    return file->empty() ? file != files->back() : !file->EndsAsItSays();
  });
  if (cut != files->end()) {
    spdlog::error("message index: a file lacks its end and is built again");
    auto kept = static_cast<size_t>(cut - files->begin()) + 1;
    while (files->size() > kept) REWIND_TRY(RemoveLast(files));
    suspect = true;
  }
  while (!files->empty()) {
    IndexFile& newest = *files->back();
    if (!newest.empty() && newest.begin_offset() < end) {
      if (!suspect && newest.end_offset() < end) break;
      REWIND_TRY(newest.Rebuild(end, trust.time_of));
      suspect = false;
      if (!newest.empty()) break;
    }
    REWIND_TRY(RemoveLast(files));
  }
  return Status::Ok();
}

Result<int64_t> IndexTable::Settle(const IndexTrust& trust) {
  Files files = loaded_;
  int64_t end = std::min(trust.indexed_end.value_or(trust.log_end), trust.log_end);
  if (!trust.was_closed && !trust.indexed_end.has_value()) {
    // Java's rule, for what Java left behind.
    while (!files.empty() && files.back()->end_ms() > trust.index_timestamp_ms) {
      REWIND_TRY(RemoveLast(&files));
    }
  }
  REWIND_TRY(Repair(&files, trust, end));
  std::optional<int64_t> last;
  newest_ = files.empty() ? nullptr : files.back();
  if (newest_ != nullptr) last = newest_->end_offset();
  {
    std::unique_lock lock(mutex_);
    files_ = std::move(files);
  }
  loaded_.clear();
  // Whether these are the files that the checkpoint speaks of, or one of them was deleted since.
  bool same = last == trust.index_last_offset;
  if (trust.indexed_end.has_value() && same) return std::max(end, trust.log_min);
  return std::clamp(last.value_or(0), trust.log_min, std::max(trust.log_min, trust.log_end));
}

Result<std::shared_ptr<IndexFile>> IndexTable::Create() {
  REWIND_TRY(options_.disk->files().MakeDirectories(options_.directory));
  std::string name = TimeName(options_.clock->WallMs());
  if (name <= last_name_) {  // the clock was set back, or two in a millisecond
    REWIND_TRY_ASSIGN(int64_t last, ParseInt64(last_name_, "index file name"));
    name = std::to_string(last + 1);
  }
  REWIND_TRY_ASSIGN(
      std::shared_ptr<IndexFile> file,
      IndexFile::Open(options_.disk, options_.directory + "/" + name, options_.shape));
  folder_synced_ = false;
  last_name_ = name;
  return file;
}

Status IndexTable::Put(int32_t hash, int64_t physical_offset, int64_t store_timestamp_ms) {
  if (newest_ != nullptr && !newest_->full()) {
    return newest_->Put(hash, physical_offset, store_timestamp_ms);
  }
  if (next_ == nullptr) {
    REWIND_TRY_ASSIGN(next_, Create());
  }
  if (newest_ != nullptr) REWIND_TRY(next_->StartBehind(*newest_));
  REWIND_TRY(next_->Put(hash, physical_offset, store_timestamp_ms));
  newest_ = std::move(next_);
  next_ = nullptr;
  std::unique_lock lock(mutex_);
  files_.push_back(newest_);
  return Status::Ok();
}

bool IndexTable::Holds(int32_t hash, int64_t physical_offset) const {
  bool found = false;
  Find(hash, INT64_MIN, INT64_MAX, [&](int64_t one) {
    found = one == physical_offset;
    return one > physical_offset;
  });
  return found;
}

void IndexTable::Find(int32_t hash, int64_t begin_ms, int64_t end_ms,
                      const std::function<bool(int64_t)>& visit) const {
  Files files = All();
  for (auto file = files.rbegin(); file != files.rend(); ++file) {
    bool overlaps = (*file)->begin_ms() <= end_ms && (*file)->end_ms() >= begin_ms;
    if (overlaps && !(*file)->Find(hash, begin_ms, end_ms, visit)) return;
    if ((*file)->begin_ms() < begin_ms) return;  // older ones end before
  }
}

std::optional<IndexEnd> IndexTable::Newest() const {
  std::shared_lock lock(mutex_);
  if (files_.empty()) return std::nullopt;
  return IndexEnd{files_.back()->end_ms(), files_.back()->end_offset()};
}

Status IndexTable::Sync() {
  for (const std::shared_ptr<IndexFile>& file : All()) REWIND_TRY(file->Sync());
  if (folder_synced_.exchange(true)) return Status::Ok();
  FileSystem& files = options_.disk->files();
  REWIND_TRY(files.SyncDirectory(options_.directory));
  return files.SyncDirectory(std::filesystem::path(options_.directory).parent_path().string());
}

Status IndexTable::RemoveBefore(int64_t log_min) {
  std::unique_lock lock(mutex_);
  while (files_.size() > 1 && files_.front()->end_offset() < log_min) {
    REWIND_TRY(files_.front()->Unlink());
    files_.erase(files_.begin());
  }
  return Status::Ok();
}

IndexTable::Files IndexTable::All() const {
  std::shared_lock lock(mutex_);
  return files_;
}

}  // namespace rewindmq::store
