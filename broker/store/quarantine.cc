#include "broker/store/quarantine.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/base/log.h"
#include "common/base/metadata_file.h"

namespace rewindmq::store {
namespace {

constexpr char kMember[] = "ranges";
constexpr size_t kMaxReported = 1000;

bool IsOffset(const nlohmann::json& value) { return value.is_number_integer(); }

}  // namespace

Result<Quarantine::Ranges> Quarantine::Decode(const std::string& text) {
  nlohmann::json document = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!document.is_object() || !document.contains(kMember) || !document[kMember].is_array()) {
    return Status(ErrorCode::kCorruption, "it holds no ranges");
  }
  Ranges ranges;
  for (const nlohmann::json& item : document[kMember]) {
    if (!item.is_object() || !IsOffset(item.value("from", nlohmann::json())) ||
        !IsOffset(item.value("end", nlohmann::json())) ||
        !item.value("reason", nlohmann::json()).is_string()) {
      return Status(ErrorCode::kCorruption, "a range lacks from, end or reason");
    }
    DamagedRange range{item["from"], item["end"], item["reason"]};
    if (range.from < 0 || range.end <= range.from) {
      return Status(ErrorCode::kCorruption, "a range is empty or negative");
    }
    ranges[range.from] = std::move(range);
  }
  return ranges;
}

Status Quarantine::Load() {
  Result<Ranges> loaded = LoadMetadataFile<Ranges>(*files_, path_, Decode);
  std::lock_guard lock(mutex_);
  if (loaded.ok()) ranges_ = std::move(*loaded);
  return loaded.status().code() == ErrorCode::kNotFound ? Status::Ok() : loaded.status();
}

Status Quarantine::Save() const {
  nlohmann::json ranges = nlohmann::json::array();
  for (const auto& [from, range] : ranges_) {
    ranges.push_back({{"from", from}, {"end", range.end}, {"reason", range.reason}});
  }
  // A reason names a path, which may be no UTF-8.
  std::string text = nlohmann::json{{kMember, ranges}}.dump(
      1, '\t', false, nlohmann::json::error_handler_t::replace);
  return SaveMetadataFile(*files_, path_, text);
}

Status Quarantine::Add(DamagedRange range) {
  spdlog::error("physical offsets {} to {} are quarantined: {}", range.from, range.end,
                range.reason);
  std::lock_guard lock(mutex_);
  Ranges before = ranges_;
  ranges_[range.from] = std::move(range);
  Status saved = Save();
  if (!saved.ok()) ranges_ = std::move(before);
  return saved;
}

void Quarantine::Report(DamagedRange range) {
  std::lock_guard lock(mutex_);
  ++damaged_reads_;
  if (reported_.size() >= kMaxReported || EndOfLocked(range.from).has_value()) return;
  auto [it, is_new] = reported_.emplace(range.from, std::move(range));
  if (!is_new) return;
  spdlog::error("damage met at physical offset {}: {}", it->first, it->second.reason);
}

void Quarantine::Forget(int64_t log_min) {
  std::lock_guard lock(mutex_);
  auto gone = [log_min](const auto& entry) { return entry.second.end <= log_min; };
  std::erase_if(reported_, gone);
  // Should the file keep them a little longer, that does no harm.
  if (std::erase_if(ranges_, gone) > 0 && !Save().ok()) spdlog::warn("{} is not up to date", path_);
}

std::optional<int64_t> Quarantine::EndOf(int64_t offset) const {
  std::lock_guard lock(mutex_);
  return EndOfLocked(offset);
}

std::optional<int64_t> Quarantine::EndOfLocked(int64_t offset) const {
  auto behind = ranges_.upper_bound(offset);
  if (behind == ranges_.begin()) return std::nullopt;
  const DamagedRange& range = std::prev(behind)->second;
  if (offset >= range.end) return std::nullopt;
  return range.end;
}

std::vector<DamagedRange> Quarantine::All() const {
  std::lock_guard lock(mutex_);
  Ranges all = ranges_;
  all.insert(reported_.begin(), reported_.end());
  std::vector<DamagedRange> list;
  for (auto& [from, range] : all) list.push_back(std::move(range));
  return list;
}

int64_t Quarantine::bytes() const {
  std::lock_guard lock(mutex_);
  int64_t sum = 0;
  int64_t counted_end = 0;  // a file's ranges may overlap
  for (const auto& [from, range] : ranges_) {
    sum += std::max<int64_t>(range.end - std::max(range.from, counted_end), 0);
    counted_end = std::max(counted_end, range.end);
  }
  return sum;
}

int64_t Quarantine::damaged_reads() const {
  std::lock_guard lock(mutex_);
  return damaged_reads_;
}

}  // namespace rewindmq::store
