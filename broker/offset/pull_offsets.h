#pragma once
// Where each group's next pull of a queue begins, which the tools show as what is in flight
// (ConsumerOffsetManager's pull offsets). In memory only, as in RocketMQ: it starts again with the
// consumers' pulls. Updated at every pull, so the table is split to keep its locks apart, and a
// known group costs no allocation.
// Thread safety: any thread.

#include <array>
#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace rewindmq::broker {

class PullOffsets {
 public:
  // Queue ids beyond this, and more keys than this in one part, are not kept.
  static constexpr int32_t kMaxQueues = 1024;
  static constexpr size_t kMaxKeysPerPart = 4096;

  void Set(std::string_view group, std::string_view topic, int32_t queue_id, int64_t next_offset) {
    if (queue_id < 0 || queue_id >= kMaxQueues) return;
    Part& part = PartOf(group, topic);
    std::lock_guard lock(part.mutex);
    auto it = part.offsets.find(Names(topic, group));
    if (it == part.offsets.end()) {
      if (part.offsets.size() >= kMaxKeysPerPart) return;
      it = part.offsets.emplace(OwnedNames(topic, group), std::vector<int64_t>()).first;
    }
    auto index = static_cast<size_t>(queue_id);
    if (it->second.size() <= index) it->second.resize(index + 1, -1);
    it->second[index] = next_offset;
  }
  // -1 when nobody has pulled there.
  int64_t Find(std::string_view group, std::string_view topic, int32_t queue_id) const {
    const Part& part = PartOf(group, topic);
    std::lock_guard lock(part.mutex);
    auto it = part.offsets.find(Names(topic, group));
    auto index = static_cast<size_t>(queue_id);
    bool known = queue_id >= 0 && it != part.offsets.end() && index < it->second.size();
    return known ? it->second[index] : -1;
  }
  void RemoveTopic(std::string_view topic) {
    RemoveIf([&](const auto& entry) { return entry.first.first == topic; });
  }
  void RemoveGroup(std::string_view group) {
    RemoveIf([&](const auto& entry) { return entry.first.second == group; });
  }

 private:
  using Names = std::pair<std::string_view, std::string_view>;
  using OwnedNames = std::pair<std::string, std::string>;
  struct Hash {
    using is_transparent = void;
    size_t operator()(const Names& names) const {
      std::hash<std::string_view> hash;
      return hash(names.first) * 31 + hash(names.second);
    }
    size_t operator()(const OwnedNames& names) const { return (*this)(Names(names)); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(const Names& a, const Names& b) const { return a == b; }
  };
  struct Part {
    mutable std::mutex mutex;
    std::unordered_map<OwnedNames, std::vector<int64_t>, Hash, Equal> offsets;  // guarded by mutex
  };
  static constexpr size_t kParts = 32;

  template <typename Condition>
  void RemoveIf(Condition condition) {
    for (Part& part : parts_) {
      std::lock_guard lock(part.mutex);
      std::erase_if(part.offsets, condition);
    }
  }
  const Part& PartOf(std::string_view group, std::string_view topic) const {
    return parts_[Hash()(Names(topic, group)) % kParts];
  }
  Part& PartOf(std::string_view group, std::string_view topic) {
    return parts_[Hash()(Names(topic, group)) % kParts];
  }

  std::array<Part, kParts> parts_;
};

}  // namespace rewindmq::broker
