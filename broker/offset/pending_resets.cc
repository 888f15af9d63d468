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

void AppendOffsets(const OffsetsByKey& offsets, std::string* text) {
  *text += "\n\t\"offsetTable\":{";
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

Result<PendingResets> PendingResets::Decode(std::string_view text) {
  PendingResets resets;
  REWIND_TRY_ASSIGN(resets.groups_, ReadOffsets("offsetTable", text));
  REWIND_TRY_ASSIGN(json document, protocol::ParseJavaObject(text));
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
  AppendOffsets(groups_, &text);
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

void PendingResets::Assign(const std::string& key, const QueueOffsets& targets) {
  if (targets.empty()) return;
  QueueOffsets& queues = groups_[key];
  for (const auto& [queue_id, offset] : targets) queues[queue_id] = offset;
}

void PendingResets::AssignMember(const std::string& key, const std::string& client_id,
                                 const QueueOffsets& targets, int64_t until_ms) {
  if (targets.empty()) return;
  Member& member = members_[key][client_id];
  member.until_ms = until_ms;
  for (const auto& [queue_id, offset] : targets) member.targets[queue_id] = offset;
}

QueueOffsets PendingResets::FindAll(std::string_view key, std::string_view client_id) const {
  if (client_id.empty()) {
    auto queues = groups_.find(key);
    return queues == groups_.end() ? QueueOffsets() : queues->second;
  }
  auto members = members_.find(key);
  if (members == members_.end()) return {};
  auto member = members->second.find(client_id);
  return member == members->second.end() ? QueueOffsets() : member->second.targets;
}

std::optional<int64_t> PendingResets::Find(std::string_view key, std::string_view client_id,
                                           int32_t queue_id) const {
  const QueueOffsets* queues = nullptr;
  if (client_id.empty()) {
    auto group = groups_.find(key);
    if (group != groups_.end()) queues = &group->second;
  } else if (auto members = members_.find(key); members != members_.end()) {
    auto member = members->second.find(client_id);
    if (member != members->second.end()) queues = &member->second.targets;
  }
  if (queues == nullptr) return std::nullopt;
  auto offset = queues->find(queue_id);
  if (offset == queues->end()) return std::nullopt;
  return offset->second;
}

bool PendingResets::Forget(std::string_view key, std::string_view client_id, int32_t queue_id) {
  if (client_id.empty()) {
    auto queues = groups_.find(key);
    if (queues == groups_.end() || queues->second.erase(queue_id) == 0) return false;
    if (queues->second.empty()) groups_.erase(queues);
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
  auto forget = [&](const std::string& key, QueueOffsets* queues) {
    auto [topic, group] = TopicAndGroup(key);
    forgotten += std::erase_if(*queues, [&, &topic = topic, &group = group](const auto& queue) {
      return drop(topic, group, queue.first);
    });
  };
  for (auto& [key, queues] : groups_) forget(key, &queues);
  std::erase_if(groups_, [](const auto& entry) { return entry.second.empty(); });
  for (auto& [key, clients] : members_) {
    for (auto& [client_id, member] : clients) {
      forget(key, &member.targets);
      if (member.until_ms > now_ms) continue;
      forgotten += member.targets.size();
      member.targets.clear();
    }
    std::erase_if(clients, [](const auto& entry) { return entry.second.targets.empty(); });
  }
  std::erase_if(members_, [](const auto& entry) { return entry.second.empty(); });
  return forgotten;
}

}  // namespace rewindmq::broker
