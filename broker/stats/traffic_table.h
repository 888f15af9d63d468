#pragma once
// Traffic by topic, or by topic and group. A lookup on the send and pull path is one hash and a
// walk over a short chain: no lock, no allocation once the key is known.
//
// Entries are never freed while the table lives, so that a walk needs no lock; a deleted name's
// entry is empty, unseen, and used again when the name comes back. Beyond kMaxEntries new names
// are not counted.
// Thread safety: every method may be called from any thread.

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/stats/traffic_item.h"

namespace rewindmq::broker {

class TrafficTable {
 public:
  static constexpr size_t kMaxEntries = 100'000;

  // `group` is empty where the key is a topic alone.
  void Add(std::string_view topic, std::string_view group, int64_t messages, int64_t bytes) {
    if (Entry* entry = FindOrCreate(topic, group)) entry->item.Add(messages, bytes);
  }

  // Empty for a key that has had no traffic.
  std::optional<StatsWindow::Span> Read(std::string_view topic, std::string_view group,
                                        SamplePeriod period) const;
  std::optional<Traffic> Now(std::string_view topic, std::string_view group) const;

  void Sample(SamplePeriod period, int64_t now_ms);
  void RemoveTopic(std::string_view topic);
  void RemoveGroup(std::string_view group);

 private:
  struct Entry {
    Entry(std::string_view topic_name, std::string_view group_name)
        : topic(topic_name), group(group_name) {}

    const std::string topic;
    const std::string group;
    std::atomic<bool> live{true};
    TrafficItem item;  // its windows are guarded by mutex_
    Entry* next = nullptr;
  };
  static constexpr size_t kChains = 8192;

  static size_t ChainOf(std::string_view topic, std::string_view group) {
    std::hash<std::string_view> hash;
    size_t mixed = hash(topic);
    if (!group.empty()) mixed = mixed * 31 + hash(group);
    return mixed % kChains;
  }
  Entry* Find(std::string_view topic, std::string_view group) const;
  Entry* FindOrCreate(std::string_view topic, std::string_view group) {
    Entry* entry = Find(topic, group);
    bool usable = entry != nullptr && entry->live.load(std::memory_order_acquire);
    return usable ? entry : Create(topic, group);
  }
  Entry* Create(std::string_view topic, std::string_view group);
  template <typename Condition>
  void RemoveIf(Condition condition);

  std::array<std::atomic<Entry*>, kChains> chains_{};
  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<Entry>> entries_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
