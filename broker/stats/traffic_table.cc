#include "broker/stats/traffic_table.h"

namespace rewindmq::broker {

TrafficTable::Entry* TrafficTable::Find(std::string_view topic, std::string_view group) const {
  Entry* entry = chains_[ChainOf(topic, group)].load(std::memory_order_acquire);
  while (entry != nullptr && (entry->topic != topic || entry->group != group)) entry = entry->next;
  return entry;
}

TrafficTable::Entry* TrafficTable::Create(std::string_view topic, std::string_view group) {
  std::lock_guard lock(mutex_);
  if (Entry* entry = Find(topic, group)) {
    entry->live.store(true, std::memory_order_release);
    return entry;
  }
  if (entries_.size() >= kMaxEntries) return nullptr;
  entries_.push_back(std::make_unique<Entry>(topic, group));
  Entry* entry = entries_.back().get();
  std::atomic<Entry*>& head = chains_[ChainOf(topic, group)];
  entry->next = head.load(std::memory_order_relaxed);
  head.store(entry, std::memory_order_release);
  return entry;
}

std::optional<StatsWindow::Span> TrafficTable::Read(std::string_view topic, std::string_view group,
                                                    SamplePeriod period) const {
  std::lock_guard lock(mutex_);
  const Entry* entry = Find(topic, group);
  if (entry == nullptr || !entry->live) return std::nullopt;
  return entry->item.Read(period);
}

std::optional<Traffic> TrafficTable::Now(std::string_view topic, std::string_view group) const {
  const Entry* entry = Find(topic, group);
  if (entry == nullptr || !entry->live) return std::nullopt;
  return entry->item.Now();
}

void TrafficTable::Sample(SamplePeriod period, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    if (entry->live) entry->item.Sample(period, now_ms);
  }
}

template <typename Condition>
void TrafficTable::RemoveIf(Condition condition) {
  std::lock_guard lock(mutex_);
  for (const auto& entry : entries_) {
    if (!entry->live || !condition(*entry)) continue;
    entry->live = false;
    entry->item.Clear();
  }
}

void TrafficTable::RemoveTopic(std::string_view topic) {
  RemoveIf([&](const Entry& entry) { return entry.topic == topic; });
}

void TrafficTable::RemoveGroup(std::string_view group) {
  if (group.empty()) return;
  RemoveIf([&](const Entry& entry) { return entry.group == group; });
}

}  // namespace rewindmq::broker
