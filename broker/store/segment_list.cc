#include "broker/store/segment_list.h"

#include <algorithm>
#include <filesystem>
#include <mutex>

#include "common/base/parse.h"

namespace rewindmq::store {
namespace {

constexpr size_t kNameDigits = 20;
constexpr int64_t kPageBytes = 4096;
// A name far behind the others is a stray file rather than the sign of so many lost ones.
constexpr int64_t kMaxMissingSegments = 1000;

bool IsSegmentName(const std::string& name) {
  return name.size() == kNameDigits &&
         std::all_of(name.begin(), name.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string ParentOf(const std::string& path) {
  return std::filesystem::path(path).parent_path().string();
}

}  // namespace

std::string SegmentName(int64_t base_offset) {
  std::string digits = std::to_string(base_offset);
  return std::string(kNameDigits - digits.size(), '0') + digits;
}

SegmentList::SegmentList(Disk* disk, std::string directory, int64_t segment_bytes, Access access)
    : disk_(disk),
      directory_(std::move(directory)),
      segment_bytes_(segment_bytes),
      access_(access) {}

Status SegmentList::Load(std::vector<int64_t>* made) {
  if (!disk_->files().Exists(directory_)) return Status::Ok();
  REWIND_TRY_ASSIGN(std::vector<std::string> names, disk_->files().List(directory_));
  std::vector<std::shared_ptr<Segment>> loaded;
  for (const std::string& name : names) {
    if (!IsSegmentName(name)) continue;
    REWIND_TRY_ASSIGN(int64_t base, ParseInt64(name, "segment name"));
    if (base % segment_bytes_ != 0) {
      return Status(ErrorCode::kInvalidArgument,
                    directory_ + "/" + name + " does not start at a multiple of " +
                        std::to_string(segment_bytes_) +
                        "; configure the segment size that the store was made with");
    }
    while (!loaded.empty() && base != loaded.back()->end_offset()) {
      int64_t wanted = loaded.back()->end_offset();
      bool too_many = base - wanted > kMaxMissingSegments * segment_bytes_;
      if (made == nullptr || too_many) {
        return Status(ErrorCode::kCorruption, "segment " + directory_ + "/" + SegmentName(wanted) +
                                                  " is missing; restore it from a copy");
      }
      REWIND_TRY_ASSIGN(std::shared_ptr<Segment> substitute, Open(wanted));
      loaded.push_back(std::move(substitute));
      made->push_back(wanted);
    }
    REWIND_TRY_ASSIGN(std::shared_ptr<Segment> segment, Open(base));
    loaded.push_back(std::move(segment));
  }
  std::unique_lock lock(mutex_);
  segments_ = std::move(loaded);
  return Status::Ok();
}

Result<std::shared_ptr<Segment>> SegmentList::Open(int64_t base) const {
  REWIND_TRY_ASSIGN(std::shared_ptr<Segment> segment,
                    disk_->OpenSegment(directory_ + "/" + SegmentName(base), base, segment_bytes_));
  if (access_ == Access::kRandom) segment->ExpectRandomAccess();
  return segment;
}

bool SegmentList::empty() const {
  std::shared_lock lock(mutex_);
  return segments_.empty();
}

std::shared_ptr<Segment> SegmentList::Find(int64_t offset) const {
  std::shared_lock lock(mutex_);
  if (segments_.empty() || offset < segments_.front()->base_offset()) return nullptr;
  auto index = static_cast<size_t>((offset - segments_.front()->base_offset()) / segment_bytes_);
  return index < segments_.size() ? segments_[index] : nullptr;
}

std::shared_ptr<Segment> SegmentList::First() const {
  std::shared_lock lock(mutex_);
  return segments_.empty() ? nullptr : segments_.front();
}

std::shared_ptr<Segment> SegmentList::Last() const {
  std::shared_lock lock(mutex_);
  return segments_.empty() ? nullptr : segments_.back();
}

std::vector<std::shared_ptr<Segment>> SegmentList::All() const {
  std::shared_lock lock(mutex_);
  return segments_;
}

// Out of descriptors nothing was synced, so nothing has failed to be.
Status SegmentList::SyncFolderNow(const std::string& folder) const {
  Status synced = disk_->files().SyncDirectory(folder);
  bool has_failed = !synced.ok() && synced.code() != ErrorCode::kResourceExhausted;
  if (has_failed && on_sync_failure_) on_sync_failure_(synced);
  return synced;
}

Result<std::shared_ptr<Segment>> SegmentList::Append(int64_t first_base, SyncFolder sync) {
  std::shared_ptr<Segment> last = Last();
  int64_t base = last == nullptr ? first_base : last->end_offset();
  if (last == nullptr) {
    REWIND_TRY(disk_->files().MakeDirectories(directory_));
    // The folder's own name has to last as well, or all of its segments are gone with it.
    if (sync == SyncFolder::kYes) REWIND_TRY(SyncFolderNow(ParentOf(directory_)));
  }
  REWIND_TRY_ASSIGN(std::shared_ptr<Segment> segment, Open(base));
  if (sync == SyncFolder::kYes) REWIND_TRY(SyncFolderNow(directory_));
  std::unique_lock lock(mutex_);
  segments_.push_back(segment);
  return segment;
}

bool SegmentList::HasDataFrom(int64_t offset) const {
  for (const std::shared_ptr<Segment>& segment : All()) {
    int64_t at = std::max(offset, segment->base_offset());
    if (at >= segment->end_offset()) continue;
    // Pages that were touched and nothing else count as data to the file system.
    while ((at = segment->NextData(at)) < segment->end_offset()) {
      int64_t page_end = std::min(at - at % kPageBytes + kPageBytes, segment->end_offset());
      const char* data = segment->At(at);
      if (std::any_of(data, data + (page_end - at), [](char c) { return c != 0; })) return true;
      at = page_end;
      if (at >= segment->end_offset()) break;
    }
  }
  return false;
}

Result<bool> SegmentList::RemoveFirst() {
  std::shared_ptr<Segment> first = First();
  if (first == nullptr || first == Last()) return false;
  REWIND_TRY(first->Unlink());
  REWIND_TRY(SyncFolderNow(directory_));
  std::unique_lock lock(mutex_);
  segments_.erase(segments_.begin());
  return true;
}

Status SegmentList::CutAt(int64_t offset) {
  std::vector<std::shared_ptr<Segment>> kept = All();
  bool removed = false;
  while (!kept.empty() && kept.back()->base_offset() >= offset) {
    REWIND_TRY(kept.back()->Unlink());
    kept.pop_back();
    removed = true;
  }
  // Or power loss brings the files back, with what was to be forgotten.
  if (removed) REWIND_TRY(disk_->files().SyncDirectory(directory_));
  if (!kept.empty() && kept.back()->end_offset() > offset) {
    REWIND_TRY(kept.back()->CutAt(offset));
  }
  std::unique_lock lock(mutex_);
  segments_ = std::move(kept);
  return Status::Ok();
}

}  // namespace rewindmq::store
