#pragma once
// Brings the connected clients of a group to follow its resets: tells them when one is decided, and
// says what becomes of each pull until its queue is pulled from the new offset.
// Thread safety: any thread.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/handlers/parts.h"
#include "broker/pull/pull_request.h"
#include "broker/reset/reset_notices.h"

namespace rewindmq::broker {

// What a reset wants of one pull.
struct ResetStep {
  enum class Kind : uint8_t { kServe, kMoved, kRedirect, kWait };
  Kind kind = Kind::kServe;
  int64_t offset = 0;   // kMoved, kRedirect: where the client must go
  int64_t wait_ms = 0;  // kWait: how long the pull may be held, at most
};

class ResetGuide {
 public:
  // `parts` outlives the guide.
  explicit ResetGuide(Parts* parts) : parts_(parts) {}

  struct Notice {
    ConsumerClient client;
    ResetTold how = ResetTold::kAtNextPull;
    std::string topic;
  };
  struct Told {
    std::vector<Notice> notices;  // to be sent once the order is durable
    std::string text;  // "told by notice: c1 (JAVA 252); at their next pull: c2 (JAVA 513)"
  };
  // How each member of the order's group is told of it. Remembered at once, so that none of them is
  // also answered "offset moved" by a pull that comes in between.
  Told Prepare(const ResetOrder& order, const std::optional<ConsumerGroup>& group);
  void Send(const std::string& group, const std::vector<Notice>& notices);

  ResetStep Next(const PullRequest& request,
                 const std::shared_ptr<remoting::Connection>& connection);

  // True while the pull's queue is reset for who asks, and it has not followed.
  bool IsPending(const PullRequest& request,
                 const std::shared_ptr<remoting::Connection>& connection) const;

  struct Queue {
    std::string_view group;
    std::string_view topic;
    int32_t id = 0;
  };
  // The committed offset was answered to whoever asked (14): a client that pulls from there knows.
  void OnOffsetAnswered(const Queue& queue, int64_t offset, uint64_t connection_id);
  // Whether a commit counts, of a queue whose reset somebody has followed: not when the client does
  // not know of it. An admin's does; consumers commit without asking for an answer.
  bool CommitCounts(const Queue& queue, uint64_t connection_id, bool oneway) const;

  // Forgets what nobody can follow any more: of topics and groups that are gone, of queues that can
  // no longer be read, and of members that have not come back in time. Call it now and then.
  void ForgetStale();

 private:
  void SendOne(const std::string& group, const Notice& notice);

  struct Found {
    std::optional<ConsumerTable::Member> member;
    std::string own_id;  // of a member that keeps its own offsets
    std::optional<ResetPlace> place;
  };
  Found Find(const Queue& queue, uint64_t connection_id) const;
  static ResetNotices::Client ClientOf(const Queue& queue, uint64_t connection_id,
                                       const std::optional<ConsumerTable::Member>& member);

  Parts* parts_;
  ResetNotices notices_;
};

}  // namespace rewindmq::broker
