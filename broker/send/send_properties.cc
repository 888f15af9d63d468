#include "broker/send/send_properties.h"

#include <array>

#include "broker/store/record.h"
#include "common/base/parse.h"
#include "common/protocol/properties_text.h"

namespace rewindmq::broker {
namespace {

struct Known {
  std::string_view name;
  std::string_view SendProperties::*value;
};

constexpr std::array<Known, 12> kKnown = {{
    {store::kPropertyTags, &SendProperties::tags},
    {kPropertyUniqueKey, &SendProperties::unique_key},
    {kPropertyWait, &SendProperties::wait},
    {kPropertyDelay, &SendProperties::delay},
    {kPropertyTransaction, &SendProperties::transaction},
    {kPropertyTimerDeliverMs, &SendProperties::timer_deliver_ms},
    {kPropertyTimerDelayMs, &SendProperties::timer_delay_ms},
    {kPropertyTimerDelaySec, &SendProperties::timer_delay_sec},
    {kPropertyTimerOutMs, &SendProperties::timer_out_ms},
    {kPropertyTimerDeleteKey, &SendProperties::timer_delete_key},
    {kPropertyPopCheckPoint, &SendProperties::pop_check_point},
    {kPropertyCluster, &SendProperties::cluster},
}};

void Note(std::string_view name, std::string_view value, SendProperties* found) {
  for (const Known& known : kKnown) {
    if (name.size() != known.name.size() || name != known.name) continue;
    // Of several the first counts, as everywhere in this broker.
    if ((found->*known.value).empty()) found->*known.value = value;
    return;
  }
  found->has_transient |= name.starts_with(kTransientPrefix);
}

}  // namespace

SendProperties ScanProperties(std::string_view properties) {
  SendProperties found;
  while (!properties.empty()) {
    size_t end = properties.find(protocol::kPropertyEnd);
    std::string_view pair = properties.substr(0, end);
    size_t name_end = pair.find(protocol::kPropertyNameEnd);
    bool has_value = name_end != std::string_view::npos && name_end + 1 < pair.size();
    if (has_value) Note(pair.substr(0, name_end), pair.substr(name_end + 1), &found);
    if (end == std::string_view::npos) break;
    properties.remove_prefix(end + 1);
  }
  return found;
}

void AppendStoredProperties(std::string_view properties, const SendProperties& scanned,
                            std::string_view cluster, std::string* out) {
  auto append = [out](std::string_view name, std::string_view value) {
    out->append(name).push_back(protocol::kPropertyNameEnd);
    out->append(value).push_back(protocol::kPropertyEnd);
  };
  bool names_cluster = scanned.cluster == cluster;
  bool as_it_is = !scanned.has_transient && scanned.pop_check_point.empty() &&
                  (names_cluster || scanned.cluster.empty());
  if (as_it_is) {
    out->append(properties);
    bool open_end = !properties.empty() && properties.back() != protocol::kPropertyEnd;
    if (open_end) out->push_back(protocol::kPropertyEnd);
    if (!names_cluster) append(kPropertyCluster, cluster);
    return;
  }
  for (const auto& [name, value] : protocol::ParseProperties(properties)) {
    bool drop = name.starts_with(kTransientPrefix) || name == kPropertyPopCheckPoint ||
                name == kPropertyCluster;
    if (!drop) append(name, value);
  }
  append(kPropertyCluster, cluster);
}

int64_t SendProperties::TagsCode() const { return store::TagsCode(tags); }

std::optional<int32_t> SendProperties::DelayLevel() const {
  if (delay.empty()) return 0;
  Result<int32_t> level = ParseInt32(delay, kPropertyDelay);
  if (!level.ok()) return std::nullopt;
  return *level;
}

bool SendProperties::IsTransaction() const {
  // Boolean.parseBoolean
  constexpr std::string_view kTrue = "true";
  if (transaction.size() != kTrue.size()) return false;
  for (size_t i = 0; i < kTrue.size(); ++i) {
    if ((transaction[i] | 0x20) != kTrue[i]) return false;
  }
  return true;
}

}  // namespace rewindmq::broker
