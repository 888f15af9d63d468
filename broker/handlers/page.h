#pragma once
// Tables that are asked for page by page (5.x: dataVersion, a first index, at most so many). A
// caller that names another version of the table than ours starts again at the front. Without any
// of these fields, as 4.x asks, the answer is the whole table. Pure.

#include <algorithm>
#include <cstdint>
#include <string>

#include "common/protocol/data_version.h"
#include "common/protocol/fields.h"

namespace rewindmq::broker {

struct Page {
  bool whole = true;
  std::string version;  // as the caller has it; empty = it has none
  int32_t first = 0;
  int32_t count = 0;
};

inline Result<Page> ReadPage(const protocol::Fields& from, std::string_view first_name,
                             std::string_view count_name, int32_t max_count) {
  protocol::FieldReader fields(from);
  Page page;
  page.version = fields.TextOr("dataVersion", "");
  page.first = fields.Int32Or(first_name, 0);
  page.count = std::min(fields.Int32Or(count_name, max_count), max_count);
  page.whole =
      page.version.empty() && from.Find(first_name) == nullptr && from.Find(count_name) == nullptr;
  if (!fields.status().ok()) return fields.status();
  if (page.first >= 0 && page.count >= 0) return page;
  return Status(ErrorCode::kInvalidArgument, std::string(first_name) + " and " +
                                                 std::string(count_name) + " must not be negative");
}

// Leaves the page's entries in a sorted map.
template <typename Map>
void KeepPage(const Page& page, const protocol::DataVersion& version, Map* table) {
  auto known = protocol::DecodeDataVersion(page.version);
  auto first = static_cast<size_t>(known.ok() && *known == version ? page.first : 0);
  first = std::min(first, table->size());
  size_t count = std::min(static_cast<size_t>(page.count), table->size() - first);
  auto begin = std::next(table->begin(), static_cast<std::ptrdiff_t>(first));
  table->erase(table->begin(), begin);
  table->erase(std::next(table->begin(), static_cast<std::ptrdiff_t>(count)), table->end());
}

}  // namespace rewindmq::broker
