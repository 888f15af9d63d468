#include "broker/topic/topic_rules.h"

#include <algorithm>
#include <array>

#include "common/base/parse.h"

namespace rewindmq::broker {
namespace {

using Attributes = std::map<std::string, std::string>;

struct Attribute {
  std::string_view key;
  bool changeable;
  std::array<std::string_view, 6> values;  // none: a number from -1 on
};
constexpr Attribute kAttributes[] = {
    {"queue.type", false, {"BatchCQ", "SimpleCQ"}},
    {"cleanup.policy", false, {"DELETE", "COMPACTION"}},
    {"message.type", true, {"UNSPECIFIED", "NORMAL", "FIFO", "DELAY", "TRANSACTION", "MIXED"}},
    {"reserve.time", true, {}},
};

Status Bad(std::string message) { return {ErrorCode::kInvalidArgument, std::move(message)}; }

const Attribute* FindAttribute(std::string_view key) {
  const auto* it = std::find_if(std::begin(kAttributes), std::end(kAttributes),
                                [&](const Attribute& one) { return one.key == key; });
  return it == std::end(kAttributes) ? nullptr : it;
}

Status CheckValue(const Attribute& attribute, const std::string& value) {
  if (attribute.values.front().empty()) {
    Result<int64_t> number = ParseInt64(value, attribute.key);
    if (number.ok() && *number >= -1) return Status::Ok();
    return Bad("value is not in range(-1, 9223372036854775807)");
  }
  bool known = !value.empty() && std::find(attribute.values.begin(), attribute.values.end(),
                                           value) != attribute.values.end();
  if (known) return Status::Ok();
  std::string allowed;
  for (std::string_view one : attribute.values) {
    if (!one.empty()) allowed += (allowed.empty() ? "" : ", ") + std::string(one);
  }
  return Bad("value is not in set: " + allowed);
}

Status ChangeOne(const std::string& signed_key, const std::string& value, bool creating,
                 Attributes* attributes) {
  std::string key = signed_key.substr(1);
  char sign = signed_key[0];
  if (key.empty() || key.find_first_of("+-") != std::string::npos) {
    return Bad("kv string format wrong.");
  }
  if (creating && sign != '+') {
    return Bad("only add attribute is supported while creating topic. key: " + key);
  }
  if (sign != '+' && sign != '-') return Bad("wrong format key: " + key);
  bool removes = sign == '-';
  if (removes && attributes->count(key) == 0) {
    return Bad("attempt to delete a nonexistent key: " + key);
  }
  const Attribute* attribute = FindAttribute(key);
  if (attribute == nullptr) return Bad("unsupported key: " + key);
  if (!creating && !attribute->changeable) {
    return Bad("attempt to update an unchangeable attribute. key: " + key);
  }
  if (removes) {
    attributes->erase(key);
    return Status::Ok();
  }
  REWIND_TRY(CheckValue(*attribute, value));
  (*attributes)[key] = value;
  return Status::Ok();
}

}  // namespace

Status CheckTopicLimits(const protocol::TopicConfig& config) {
  for (int32_t queues : {config.read_queue_nums, config.write_queue_nums}) {
    if (queues < 0 || queues > kMaxTopicQueues) {
      return Bad("readQueueNums and writeQueueNums must be 0 to " +
                 std::to_string(kMaxTopicQueues));
    }
  }
  constexpr int32_t kAllRights =
      protocol::kPermRead | protocol::kPermWrite | protocol::kPermInherit;
  if ((config.perm & ~kAllRights) != 0) {
    return Bad("perm is " + std::to_string(config.perm) +
               "; it must be a sum of 4 (read), 2 (write) and 1 (inherit)");
  }
  return Status::Ok();
}

Status ChangeAttributes(const Attributes& changes, bool creating, Attributes* attributes) {
  Attributes changed = *attributes;
  for (const auto& [key, value] : changes) {
    if (key.empty()) return Bad("kv string format wrong.");
    REWIND_TRY(ChangeOne(key, value, creating, &changed));
  }
  *attributes = std::move(changed);
  return Status::Ok();
}

Status ChangeAttributes(std::string_view changes, bool creating, Attributes* attributes) {
  Attributes parsed;
  for (const std::string& change : SplitTrimmed(changes, ',')) {
    size_t equals = change.find('=');
    std::string key(Trim(std::string_view(change).substr(0, equals)));
    std::string value;
    if (equals != std::string::npos) value = Trim(std::string_view(change).substr(equals + 1));
    if (key.empty() || (equals == std::string::npos && key[0] != '-')) {
      return Bad("kv string format wrong.");
    }
    if (!parsed.emplace(key, value).second) return Bad("alter duplication key. key: " + key);
  }
  return ChangeAttributes(parsed, creating, attributes);
}

}  // namespace rewindmq::broker
