#pragma once
// Which clients have been told of a reset by code 220 and are now at work on it themselves. Such a
// client must not be answered "offset moved" at its next pull as well: it would first finish the
// one and then start the other (34 s with the 4.2.0 client instead of 10 s).
//
// Told are push consumers that understand 220 and follow "offset moved" only slowly: Java before
// 5.2.0, and C++ with the list form. Everyone else learns of the reset at the next pull.
// Memory only: after a restart every client learns at its next pull. Thread safety: any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "broker/group/consumer_table.h"
#include "common/protocol/codes.h"

namespace rewindmq::broker {

// First Java client that follows "offset moved" at once.
inline constexpr int32_t kVersion5_2_0 = 453;

enum class ResetTold { kAtNextPull, kByMapBody, kByListBody };

// How this member of a group of this kind is told.
ResetTold HowToTell(const ConsumerClient& client, protocol::ConsumeType consume_type);

class ResetNotices {
 public:
  // Sleeps 10 s in the client, then rebalances; beyond this it is taken to have missed the notice.
  static constexpr int64_t kFollowsWithinMs = 30'000;

  void Told(std::string_view group, std::string_view topic, uint64_t connection_id,
            int64_t now_ms) {
    std::lock_guard lock(mutex_);
    std::erase_if(told_, [&](const auto& one) { return now_ms - one.second > kFollowsWithinMs; });
    told_[{std::string(group), std::string(topic), connection_id}] = now_ms;
  }

  bool IsFollowing(std::string_view group, std::string_view topic, uint64_t connection_id,
                   int64_t now_ms) const {
    std::lock_guard lock(mutex_);
    if (told_.empty()) return false;
    auto it = told_.find({std::string(group), std::string(topic), connection_id});
    return it != told_.end() && now_ms - it->second <= kFollowsWithinMs;
  }

 private:
  mutable std::mutex mutex_;
  std::map<std::tuple<std::string, std::string, uint64_t>, int64_t> told_;  // to steady ms
};

}  // namespace rewindmq::broker
