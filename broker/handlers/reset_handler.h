#pragma once
// Code 222: moves a group's offsets of one topic to a moment in the past (or to the end), durably,
// and tells the connected consumers (AdminBrokerProcessor.resetOffset, Broker2Client.resetOffset).
//
// Success means: every named queue's offset is on disk and will be followed, whether the group is
// online, offline, or the broker restarts now. All queues of the request are moved, or none.
// Answers: 17 unknown topic, 26 unknown group, 1 with a reason for everything else that is wrong.

#include "broker/handlers/parts.h"
#include "broker/pull/pull_hold.h"
#include "broker/reset/reset_notices.h"
#include "common/protocol/offset_tables.h"
#include "common/remoting/dispatcher.h"

namespace rewindmq::broker {

struct ResetRequest {
  std::string group;
  std::string topic;
  int64_t timestamp_ms = 0;  // negative: the end of the queue
  bool force = false;        // false: queues are only moved back, never over unread messages
  int32_t queue_id = -1;     // -1: all queues that can be read
  int64_t offset = -1;       // not negative: this offset of that queue, instead of a time
};

class ResetHandler {
 public:
  ResetHandler(Parts* parts, ResetNotices* notices, PullHold* hold)
      : parts_(parts), notices_(notices), hold_(hold) {}

  void AddTo(remoting::Dispatcher* dispatcher);

 private:
  struct Planned {
    QueueOffsets moved;              // what changes
    protocol::ResetOffsetBody plan;  // every queue and where it stands after the reset
  };

  void Handle(const protocol::Command& command, const remoting::Responder& responder);
  Result<Planned> Plan(const ResetRequest& request, int32_t read_queue_nums) const;
  Result<int64_t> TargetOf(const ResetRequest& request, int32_t queue_id) const;
  struct Notice {
    std::shared_ptr<remoting::Connection> connection;
    ResetTold how;
  };
  // The clients to be told by 220. Remembered at once, so that none of them is also answered
  // "offset moved" by a pull that comes in between.
  std::vector<Notice> ChooseNotices(const ResetRequest& request);
  void SendNotices(const ResetRequest& request, const QueueOffsets& moved,
                   const std::vector<Notice>& notices) const;

  Parts* parts_;
  ResetNotices* notices_;
  PullHold* hold_;
};

}  // namespace rewindmq::broker
