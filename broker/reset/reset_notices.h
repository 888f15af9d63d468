#pragma once
// How each connected client is brought to follow a reset, and how far it has come: by a notice
// (code 220), by the answer "offset moved" (21) to its next pull, or by both in turns. A client
// that is at work on the one must not be given the other as well, nor a second notice: it would
// start over, and Java before 4.9.0 would leave a second pull loop behind.
//
//   kAtNextPull   21. Java from 5.2.0 on goes on at once, and so does ali-ons (JavaScript); others
//                 in their own time.
//   kByMapBody    220. Java before 5.2.0 sleeps 10 s, then pulls from the new offset (by 21: 34 s).
//   kByListBody   220 in the form that the C++ client reads; it goes on at once.
//   kByRedirect   members of a broadcasting group, Java before 4.9.8 and 5.0 to 5.1: neither 21 nor
//                 220 reaches the file that such a member reads its offsets from. Its pull is
//                 answered that nothing matched up to the new offset, and it pulls on from there.
//                 Until it has come back to where it was, its file still names that place: only
//                 then is the reset over, and one that starts anew before is sent back again.
// Which of them know. Java's clients ask for a queue's offset once, when the queue becomes theirs,
// and then go on from memory; while a broker restarts or a group shares its queues anew, two of
// them may take the same queue for their own, one from the new offset and one from the old. So a
// reset is not over when anybody follows it: a client knows of it once it pulls from an offset that
// the broker has named since (in a notice, an answer 21, or an answer to code 14), or from the one
// that is committed. Until then it is told, and its commits do not count.
// Memory only: after a restart no client knows, and each is told at its next pull.
// Thread safety: any thread.

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <tuple>

#include "broker/group/consumer_table.h"
#include "broker/offset/pending_resets.h"
#include "common/protocol/codes.h"

namespace rewindmq::broker {

enum class ResetTold { kAtNextPull, kByMapBody, kByListBody, kByRedirect };

// How this member of a group of this kind is told.
ResetTold HowToTell(const ConsumerClient& client, protocol::ConsumeType consume_type,
                    protocol::MessageModel message_model);

// What becomes of a pull from a queue that was reset.
struct PullStep {
  enum class Kind : uint8_t {
    kMoved,     // answered 21
    kWait,      // held, or answered that there is nothing: the client is at work on the reset
    kNotice,    // the same, and a notice goes out now
    kRedirect,  // answered that nothing matched up to the new offset
    kServe,     // as if there were no reset: on its way from the new offset
    kFollowed,  // the same, and from now on this client knows
  };
  Kind kind = Kind::kMoved;
  int64_t wait_ms = 0;  // how long to hold it, at most
};

class ResetNotices {
 public:
  // How long Java's clients sleep after a notice, or before they act on 21.
  static constexpr int64_t kClientSleepMs = 10'000;
  // Nor is it sure to be over with a notice before this, by the broker's clock.
  static constexpr int64_t kClientAwakeMs = kClientSleepMs + 1'500;
  // Beyond this a client is taken to have missed its notice, and is answered 21.
  static constexpr int64_t kFollowsWithinMs = 30'000;
  // Nothing is remembered of clients that did not pull a reset queue for so long.
  static constexpr int64_t kForgetMs = 10 * kFollowsWithinMs;
  // So long after the first one has followed, others are held to know of a queue's reset or not. A
  // connected client has pulled or asked by then: it is silent for 30 s at most.
  static constexpr int64_t kRememberMs = kForgetMs;

  struct Client {
    std::string_view group;
    std::string_view topic;
    uint64_t connection_id = 0;
    ResetTold how = ResetTold::kAtNextPull;
  };

  // A reset has been decided. True when the client is to be sent a notice now; false when it learns
  // otherwise, or is to be sent one when it has followed an earlier one.
  bool Tell(const Client& client, int64_t now_ms);
  // Of a queue that was reset to `place`.
  PullStep OnPull(const Client& client, int32_t queue_id, int64_t offset, const ResetPlace& place,
                  int64_t now_ms);
  // The client was told the place otherwise than by the answer to a pull.
  void Named(const Client& client, int32_t queue_id, const ResetPlace& place, int64_t now_ms);
  bool Knows(const Client& client, int32_t queue_id, const ResetPlace& place) const;
  // Whether this connection has pulled for the group, and so is none of an admin's.
  bool HasPulled(const Client& client) const;
  void ForgetSilent(int64_t now_ms);

 private:
  struct Walk {
    int64_t target = 0;
    int64_t until = 0;  // where the member was when it was sent to the target
  };
  struct Place {
    int64_t offset = 0;
    uint64_t order = 0;
    bool pulled = false;  // from there: the client knows
  };
  struct Progress {
    int64_t told_ms = 0;  // last notice; 0 = none
    int64_t seen_ms = 0;
    bool again = false;              // another reset has come since
    bool pulled = false;             // ever
    std::map<int32_t, Walk> walks;   // by queue, of kByRedirect
    std::map<int32_t, Place> named;  // by queue
  };
  using Key = std::tuple<std::string, std::string, uint64_t>;

  static Key KeyOf(const Client& client) {
    return {std::string(client.group), std::string(client.topic), client.connection_id};
  }
  static PullStep WalkOn(int32_t queue_id, int64_t offset, int64_t target, Progress* progress);
  static PullStep FollowNotice(const Client& client, int64_t now_ms, Progress* progress);
  const Progress* Find(const Client& client) const;  // needs mutex_
  static bool Knows(const Progress& progress, int32_t queue_id, const ResetPlace& place);
  static PullStep Wait(int64_t wait_ms) { return {PullStep::Kind::kWait, wait_ms}; }

  mutable std::mutex mutex_;
  std::map<Key, Progress> progress_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
