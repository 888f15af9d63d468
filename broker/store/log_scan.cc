#include "broker/store/log_scan.h"

#include <algorithm>
#include <cstring>

#include "common/base/bytes.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kSectorBytes = 512;
// A shorter piece of a sector may be zeros by chance.
constexpr int64_t kTellingBytes = 64;
constexpr int64_t kSizeBytes = sizeof(int32_t);  // of a record, in front of it
constexpr int64_t kFindStepBytes = 256 * 1024;
constexpr char kMagicFirstByte = '\xDA';

std::string_view RestOf(const Segment& segment, int64_t offset) {
  return {segment.At(offset), static_cast<size_t>(segment.end_offset() - offset)};
}

bool IsBlankRecord(std::string_view rest) {
  return rest.size() >= static_cast<size_t>(kBlankBytes) &&
         LoadBe<int32_t>(rest.data() + kMagicPosition) == kMagicBlank &&
         static_cast<size_t>(LoadBe<int32_t>(rest.data())) == rest.size();
}

Result<Record> DecodeInside(const Segment& segment, int64_t offset) {
  Result<Record> record = DecodeRecord(RestOf(segment, offset), CrcCheck::kVerify);
  if (record.ok() && record->physical_offset != offset) {
    return Status(ErrorCode::kCorruption, "the record there belongs to physical offset " +
                                              std::to_string(record->physical_offset));
  }
  return record;
}

// Where the blank record is that ends the segment.
std::optional<int64_t> BlankBehind(const Segment& segment, int64_t from) {
  char magic[sizeof(int32_t)];
  StoreBe<int32_t>(magic, kMagicBlank);
  std::string_view rest = RestOf(segment, from);
  size_t found =
      rest.find(std::string_view(magic, sizeof magic), static_cast<size_t>(kMagicPosition));
  while (found != std::string_view::npos) {
    size_t start = found - static_cast<size_t>(kMagicPosition);
    if (IsBlankRecord(rest.substr(start))) return from + static_cast<int64_t>(start);
    found = rest.find(std::string_view(magic, sizeof magic), found + 1);
  }
  return std::nullopt;
}

// In steps, each of which passes over holes: looking through the memory of a hole would fill it.
std::optional<FoundRecord> FindInside(const Segment& segment, int64_t from) {
  int64_t offset = segment.NextData(from);
  while (offset + kMinRecordBytes <= segment.end_offset()) {
    const int64_t step_end = std::min(offset + kFindStepBytes, segment.end_offset());
    const char* magic = segment.At(offset) + kMagicPosition;
    const void* hit = std::memchr(magic, kMagicFirstByte,
                                  static_cast<size_t>(step_end - offset - kMagicPosition));
    if (hit == nullptr) {
      offset = segment.NextData(step_end - kMagicPosition);
      continue;
    }
    offset += static_cast<const char*>(hit) - magic;
    Result<Record> record = DecodeInside(segment, offset);
    if (record.ok()) return FoundRecord{offset, record->store_timestamp_ms};
    ++offset;
  }
  return std::nullopt;
}

}  // namespace

Result<Record> DecodeAt(const SegmentList& segments, int64_t offset) {
  std::shared_ptr<Segment> segment = segments.Find(offset);
  if (segment == nullptr) {
    return Status(ErrorCode::kNotFound, "no segment holds " + std::to_string(offset));
  }
  return DecodeInside(*segment, offset);
}

ScanEnd ScanLog(const SegmentList& segments, int64_t from,
                const std::function<bool(const Record&)>& visit) {
  ScanEnd end;
  end.offset = from;
  while (std::shared_ptr<Segment> segment = segments.Find(end.offset)) {
    if (IsBlankRecord(RestOf(*segment, end.offset))) {
      end.offset = segment->end_offset();
      continue;
    }
    Result<Record> record = DecodeInside(*segment, end.offset);
    if (!record.ok()) {
      end.reason = record.status().message();
      return end;
    }
    if (!visit(*record)) {
      end.reason = "stopped";
      return end;
    }
    end.offset += record->total_bytes;
    end.last_store_timestamp_ms = record->store_timestamp_ms;
    ++end.records;
  }
  end.reason = "the last segment ends";
  return end;
}

std::optional<FoundRecord> FindRecordBehind(const SegmentList& segments, int64_t offset) {
  for (const std::shared_ptr<Segment>& segment : segments.All()) {
    if (segment->end_offset() <= offset) continue;
    int64_t from = std::max(segment->base_offset(), offset + 1);
    if (std::optional<FoundRecord> found = FindInside(*segment, from)) return found;
  }
  return std::nullopt;
}

bool IsUntouched(const SegmentList& segments, int64_t offset) {
  std::shared_ptr<Segment> segment = segments.Find(offset);
  if (segment == nullptr) return true;
  std::string_view rest = RestOf(*segment, offset);
  return rest.size() < static_cast<size_t>(kBlankBytes) || LoadBe<int64_t>(rest.data()) == 0;
}

// Of a record's size the bytes in front of a sector's end are zeros, and may have been others: the
// distance to the next record tells.
bool LostPartOfItsSize(const Segment& segment, int64_t record, int64_t zeros, int64_t next) {
  if (zeros >= kSizeBytes || record + kSizeBytes > segment.end_offset()) return false;
  auto found = static_cast<uint32_t>(LoadBe<int32_t>(segment.At(record)));
  auto wanted = static_cast<uint32_t>(next - record);
  const uint32_t kept_mask = (uint32_t{1} << (8 * (kSizeBytes - zeros))) - 1;
  return found != wanted && ((found ^ wanted) & kept_mask) == 0;
}

// A sync ends at a record's end, so what was not written may begin inside of a sector, with the
// record's size: a damaged one is never zeros as well.
bool HasUnwrittenSector(const SegmentList& segments, int64_t from, int64_t end) {
  std::shared_ptr<Segment> segment = segments.Find(from);
  if (segment == nullptr) return false;
  const int64_t record = from;
  // Behind a segment's last record there are zeros by design.
  if (end >= segment->end_offset())
    end = BlankBehind(*segment, from).value_or(segment->end_offset());
  while (from < end) {
    int64_t position = from - segment->base_offset();
    int64_t sector_end = segment->base_offset() + (position / kSectorBytes + 1) * kSectorBytes;
    int64_t part_end = std::min(sector_end, end);
    const char* data = segment->At(from);
    bool zeros = std::all_of(data, data + (part_end - from), [](char c) { return c == 0; });
    if (from == record && zeros && LostPartOfItsSize(*segment, record, part_end - from, end)) {
      return true;
    }
    int64_t telling_bytes = from == record ? kSizeBytes : kTellingBytes;
    if (zeros && part_end - from >= telling_bytes) return true;
    from = part_end;
  }
  return false;
}

}  // namespace rewindmq::store
