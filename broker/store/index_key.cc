#include "broker/store/index_key.h"

#include <algorithm>
#include <cstdlib>
#include <string>

#include "common/base/java_hash.h"

namespace rewindmq::store {
namespace {

constexpr std::string_view kPropertyUniqueKey = "UNIQ_KEY";
constexpr char kKeySeparator = ' ';

}  // namespace

int32_t IndexHash(std::string_view topic, std::string_view key, IndexKeyKind kind) {
  std::string text;
  text.reserve(topic.size() + key.size() + 3);
  text.append(topic).append(kind == IndexKeyKind::kTags ? "#T#" : "#").append(key);
  int32_t hash = JavaStringHash(text);
  // Its absolute value is one too large for 32 bits.
  return hash == INT32_MIN ? 0 : std::abs(hash);
}

void ForEachIndexKey(const Record& record,
                     const std::function<void(std::string_view, IndexKeyKind)>& visit) {
  if (auto unique = FindProperty(record.properties, kPropertyUniqueKey)) {
    visit(*unique, IndexKeyKind::kKey);
  }
  std::string_view keys = FindProperty(record.properties, kPropertyKeys).value_or("");
  while (!keys.empty()) {
    std::string_view word = keys.substr(0, keys.find(kKeySeparator));
    if (!word.empty()) visit(word, IndexKeyKind::kKey);
    keys.remove_prefix(std::min(word.size() + 1, keys.size()));
  }
  std::string_view tags = FindProperty(record.properties, kPropertyTags).value_or("");
  if (!tags.empty()) visit(tags, IndexKeyKind::kTags);
}

bool HasIndexKey(const Record& record, std::string_view key, IndexKeyKind kind) {
  bool found = false;
  ForEachIndexKey(record, [&](std::string_view one, IndexKeyKind one_kind) {
    found = found || (one == key && one_kind == kind);
  });
  return found;
}

}  // namespace rewindmq::store
