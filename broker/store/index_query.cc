#include "broker/store/index_query.h"

#include <algorithm>
#include <set>

#include "broker/store/record.h"

namespace rewindmq::store {
namespace {

bool Matches(const RecordView& view, int64_t physical_offset, const KeyQuery& query) {
  Result<Record> record = DecodeRecord(view.bytes, CrcCheck::kVerify);
  return record.ok() && record->physical_offset == physical_offset &&
         record->topic == query.topic && record->store_timestamp_ms >= query.begin_ms &&
         record->store_timestamp_ms <= query.end_ms && IsIndexed(record->sys_flag) &&
         HasIndexKey(*record, query.key, query.kind);
}

}  // namespace

KeyQueryResult QueryIndex(const IndexTable& index, const CommitLog& log, const KeyQuery& query) {
  KeyQueryResult result;
  result.index_end = index.Newest().value_or(IndexEnd{});
  const auto wanted = static_cast<size_t>(std::clamp(query.max_records, 0, kMaxQueryRecords));
  if (wanted == 0) return result;
  std::set<int64_t> seen;
  int32_t candidates = 0;
  int32_t hash = IndexHash(query.topic, query.key, query.kind);
  index.Find(hash, query.begin_ms, query.end_ms, [&](int64_t physical_offset) {
    if (++candidates > kMaxQueryCandidates) return false;
    if (!seen.insert(physical_offset).second) return true;
    std::optional<RecordView> record = log.RecordAt(physical_offset);
    if (record.has_value() && Matches(*record, physical_offset, query)) {
      result.records.push_back(std::move(*record));
    }
    return result.records.size() < wanted;
  });
  return result;
}

}  // namespace rewindmq::store
