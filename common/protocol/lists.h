#pragma once
// The small bodies: lists of names and one table of texts (TopicList, GroupList,
// GetConsumerListByGroupResponseBody, KVTable). Thread safety: plain values.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::protocol {

struct TopicList {
  std::vector<std::string> topics;
  std::string broker_addr;  // code 304 only; empty = absent
};
using KvTable = std::map<std::string, std::string>;

std::string EncodeTopicList(const TopicList& list);
Result<TopicList> DecodeTopicList(std::string_view text);

std::string EncodeGroupList(const std::vector<std::string>& groups);
Result<std::vector<std::string>> DecodeGroupList(std::string_view text);

std::string EncodeConsumerIdList(const std::vector<std::string>& client_ids);
Result<std::vector<std::string>> DecodeConsumerIdList(std::string_view text);

std::string EncodeKvTable(const KvTable& table);
Result<KvTable> DecodeKvTable(std::string_view text);

}  // namespace rewindmq::protocol
