#pragma once
// Finding messages by a key (RocketMQ's queryMessage and QueryMessageResult).
// Thread safety: plain values; a query from any thread.

#include <cstdint>
#include <string_view>
#include <vector>

#include "broker/store/commit_log.h"
#include "broker/store/get_result.h"
#include "broker/store/index_key.h"
#include "broker/store/index_table.h"

namespace rewindmq::store {

struct KeyQuery {
  std::string_view topic;
  std::string_view key;  // a unique id, one word of KEYS, or tags; see kind
  IndexKeyKind kind = IndexKeyKind::kKey;
  int32_t max_records = 64;
  int64_t begin_ms = 0;  // store times, both inclusive
  int64_t end_ms = INT64_MAX;
};

struct KeyQueryResult {
  std::vector<RecordView> records;  // newest first; each was compared and its checksum verified
  IndexEnd index_end;               // how far the index has come; zeros when it is empty
};

// Looks at no more than kMaxQueryCandidates entries, so that it ends soon on any index.
inline constexpr int32_t kMaxQueryRecords = 1024;
inline constexpr int32_t kMaxQueryCandidates = 4 * kMaxQueryRecords;

KeyQueryResult QueryIndex(const IndexTable& index, const CommitLog& log, const KeyQuery& query);

}  // namespace rewindmq::store
