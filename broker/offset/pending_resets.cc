#include "broker/offset/pending_resets.h"

#include "common/base/parse.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_header.h"

namespace rewindmq::broker {
namespace {

using nlohmann::json;

constexpr char kSeparator = '@';

void AppendQueues(const QueueOffsets& queues, std::string* text) {
  *text += '{';
  bool first = true;
  for (const auto& [queue_id, offset] : queues) {
    if (!first) *text += ',';
    first = false;
    *text += std::to_string(queue_id) + ":" + std::to_string(offset);
  }
  *text += '}';
}

Result<QueueOffsets> ReadQueues(const std::string& key, const json& queues) {
  if (!queues.is_object()) {
    return Status(ErrorCode::kCorruption, "offsets of " + key + " are not an object");
  }
  QueueOffsets offsets;
  for (const auto& [queue, offset] : queues.items()) {
    REWIND_TRY_ASSIGN(int32_t queue_id, ParseInt32(queue, "queue id of " + key));
    if (!offset.is_number_integer()) {
      return Status(ErrorCode::kCorruption, "an offset of " + key + " is not a number");
    }
    offsets[queue_id] = offset.get<int64_t>();
  }
  return offsets;
}

Result<OffsetsByKey> OffsetsIn(const json& document, std::string_view member) {
  protocol::JsonMembers members(document);
  const json* entries = members.Object(std::string(member).c_str());
  REWIND_TRY(members.status());
  OffsetsByKey offsets;
  if (entries == nullptr) return offsets;
  for (const auto& [key, queues] : entries->items()) {
    REWIND_TRY_ASSIGN(QueueOffsets read, ReadQueues(key, queues));
    if (!read.empty()) offsets[key] = std::move(read);
  }
  return offsets;
}

}  // namespace

std::string OffsetKey(std::string_view group, std::string_view topic) {
  std::string key;
  key.reserve(topic.size() + 1 + group.size());
  return key.append(topic).append(1, kSeparator).append(group);
}

std::pair<std::string, std::string> TopicAndGroup(const std::string& key) {
  size_t at = key.find(kSeparator);
  if (at == std::string::npos) return {key, ""};
  return {key.substr(0, at), key.substr(at + 1)};
}

void AppendOffsets(std::string_view member, const OffsetsByKey& offsets, std::string* text) {
  text->append("\n\t\"").append(member).append("\":{");
  bool first = true;
  for (const auto& [key, queues] : offsets) {
    *text += first ? "\n\t\t" : ",\n\t\t";
    first = false;
    protocol::AppendJsonString(key, text);
    *text += ':';
    AppendQueues(queues, text);
  }
  *text += "\n\t}";
}

Result<OffsetsByKey> ReadOffsets(std::string_view member, std::string_view text) {
  REWIND_TRY_ASSIGN(json document, protocol::ParseJavaObject(text));
  return OffsetsIn(document, member);
}

Result<PendingResets> PendingResets::Decode(std::string_view text) {
  PendingResets resets;
  REWIND_TRY_ASSIGN(json document, protocol::ParseJavaObject(text));
  REWIND_TRY_ASSIGN(OffsetsByKey targets, OffsetsIn(document, "offsetTable"));
  REWIND_TRY_ASSIGN(OffsetsByKey followed, OffsetsIn(document, "followedTable"));
  for (const auto& [key, queues] : followed) {
    for (const auto& [queue_id, until_ms] : queues) {
      if (until_ms > 0) resets.groups_[key][queue_id].until_ms = until_ms;
    }
  }
  for (const auto& [key, queues] : targets) resets.Assign(key, queues, 0);
  protocol::JsonMembers members(document);
  const json* entries = members.Object("memberTable");
  REWIND_TRY(members.status());
  if (entries == nullptr) return resets;
  for (const auto& [key, clients] : entries->items()) {
    if (!clients.is_object()) {
      return Status(ErrorCode::kCorruption, "members of " + key + " are not an object");
    }
    for (const auto& [client_id, one] : clients.items()) {
      protocol::JsonMembers values(one);
      Member member;
      member.until_ms = values.Int64("until");
      const json* offsets = values.Object("offsets");
      REWIND_TRY(values.status());
      if (offsets == nullptr) continue;
      REWIND_TRY_ASSIGN(member.targets, ReadQueues(key, *offsets));
      if (!member.targets.empty()) resets.members_[key][client_id] = std::move(member);
    }
  }
  return resets;
}

std::string PendingResets::Encode() const {
  std::string text = "{";
  AppendOffsets("offsetTable", Targets(), &text);
  OffsetsByKey followed;
  for (const auto& [key, queues] : groups_) {
    for (const auto& [queue_id, shared] : queues) {
      if (shared.until_ms != 0) followed[key][queue_id] = shared.until_ms;
    }
  }
  if (!followed.empty()) {
    text += ',';
    AppendOffsets("followedTable", followed, &text);
  }
  if (members_.empty()) return text + "\n}";
  text += ",\n\t\"memberTable\":{";
  bool first_key = true;
  for (const auto& [key, clients] : members_) {
    text += first_key ? "\n\t\t" : ",\n\t\t";
    first_key = false;
    protocol::AppendJsonString(key, &text);
    text += ":{";
    bool first_client = true;
    for (const auto& [client_id, member] : clients) {
      if (!first_client) text += ',';
      first_client = false;
      protocol::AppendJsonString(client_id, &text);
      text += ":{\"until\":" + std::to_string(member.until_ms) + ",\"offsets\":";
      AppendQueues(member.targets, &text);
      text += '}';
    }
    text += '}';
  }
  return text + "\n\t}\n}";
}

OffsetsByKey PendingResets::Targets() const {
  OffsetsByKey targets;
  for (const auto& [key, queues] : groups_) {
    for (const auto& [queue_id, shared] : queues) {
      if (shared.until_ms == 0) targets[key][queue_id] = shared.target;
    }
  }
  return targets;
}

void PendingResets::Assign(const std::string& key, const QueueOffsets& targets, uint64_t order) {
  if (targets.empty()) return;
  Queues& queues = groups_[key];
  for (const auto& [queue_id, offset] : targets) queues[queue_id] = {offset, 0, order};
}

void PendingResets::AssignMember(const std::string& key, const std::string& client_id,
                                 const QueueOffsets& targets, int64_t until_ms, uint64_t order) {
  if (targets.empty()) return;
  Member& member = members_[key][client_id];
  member.until_ms = until_ms;
  member.order = order;
  for (const auto& [queue_id, offset] : targets) member.targets[queue_id] = offset;
}

ResetPlaces PendingResets::FindAll(std::string_view key, std::string_view client_id) const {
  ResetPlaces places;
  if (client_id.empty()) {
    auto queues = groups_.find(key);
    if (queues == groups_.end()) return places;
    for (const auto& [queue_id, shared] : queues->second) {
      places[queue_id] = PlaceOf(shared);
    }
    return places;
  }
  auto members = members_.find(key);
  if (members == members_.end()) return places;
  auto member = members->second.find(client_id);
  if (member == members->second.end()) return places;
  for (const auto& [queue_id, offset] : member->second.targets) {
    places[queue_id] = {offset, false, member->second.order};
  }
  return places;
}

std::optional<ResetPlace> PendingResets::Find(std::string_view key, std::string_view client_id,
                                              int32_t queue_id) const {
  if (client_id.empty()) {
    auto queues = groups_.find(key);
    if (queues == groups_.end()) return std::nullopt;
    auto shared = queues->second.find(queue_id);
    if (shared == queues->second.end()) return std::nullopt;
    return PlaceOf(shared->second);
  }
  auto members = members_.find(key);
  if (members == members_.end()) return std::nullopt;
  auto member = members->second.find(client_id);
  if (member == members->second.end()) return std::nullopt;
  auto offset = member->second.targets.find(queue_id);
  if (offset == member->second.targets.end()) return std::nullopt;
  return ResetPlace{offset->second, false, member->second.order};
}

bool PendingResets::Follow(std::string_view key, std::string_view client_id, int32_t queue_id,
                           int64_t until_ms) {
  if (client_id.empty()) {
    auto queues = groups_.find(key);
    if (queues == groups_.end()) return false;
    auto shared = queues->second.find(queue_id);
    if (shared == queues->second.end() || shared->second.until_ms != 0) return false;
    shared->second.target = 0;
    shared->second.until_ms = until_ms;
    return true;
  }
  auto members = members_.find(key);
  if (members == members_.end()) return false;
  auto member = members->second.find(client_id);
  if (member == members->second.end() || member->second.targets.erase(queue_id) == 0) return false;
  if (member->second.targets.empty()) members->second.erase(member);
  if (members->second.empty()) members_.erase(members);
  return true;
}

size_t PendingResets::ForgetIf(const Drop& drop, int64_t now_ms) {
  size_t forgotten = 0;
  for (auto& [key, queues] : groups_) {
    auto [topic, group] = TopicAndGroup(key);
    forgotten += std::erase_if(queues, [&, &topic = topic, &group = group](const auto& queue) {
      bool over = queue.second.until_ms != 0 && queue.second.until_ms <= now_ms;
      return over || drop(topic, group, queue.first);
    });
  }
  std::erase_if(groups_, [](const auto& entry) { return entry.second.empty(); });
  for (auto& [key, clients] : members_) {
    auto [topic, group] = TopicAndGroup(key);
    for (auto& [client_id, member] : clients) {
      bool over = member.until_ms <= now_ms;
      forgotten += std::erase_if(member.targets, [&, &topic = topic, &group = group](auto& queue) {
        return over || drop(topic, group, queue.first);
      });
    }
    std::erase_if(clients, [](const auto& entry) { return entry.second.targets.empty(); });
  }
  std::erase_if(members_, [](const auto& entry) { return entry.second.empty(); });
  return forgotten;
}

}  // namespace rewindmq::broker
