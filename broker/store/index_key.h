#pragma once
// Under which keys the index knows a message (RocketMQ's IndexService.buildIndex): its unique id,
// every word of its KEYS, and, as RocketMQ 5.5 does, its tags. An entry keeps only a hash, so
// whoever finds one compares the keys of the record itself. Thread safety: pure functions.

#include <cstdint>
#include <functional>
#include <string_view>

#include "broker/store/record.h"

namespace rewindmq::store {

enum class IndexKeyKind : uint8_t {
  kKey,   // the unique id or a word of KEYS: "topic#key"
  kTags,  // "topic#T#tags"
};

// Never negative.
int32_t IndexHash(std::string_view topic, std::string_view key, IndexKeyKind kind);

// Whether the index has entries for it: not for what was rolled back.
inline bool IsIndexed(int32_t sys_flag) {
  return (sys_flag & kSysFlagTransactionMask) != kSysFlagTransactionRollback;
}

// In the order in which RocketMQ puts them.
void ForEachIndexKey(const Record& record,
                     const std::function<void(std::string_view key, IndexKeyKind kind)>& visit);

bool HasIndexKey(const Record& record, std::string_view key, IndexKeyKind kind);

}  // namespace rewindmq::store
