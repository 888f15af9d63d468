#pragma once
// The cluster in memory with brokers that replay: an order begins where the target lies and ends at
// the queue's end, and moves on only when the test says so.

#include <algorithm>
#include <string>
#include <vector>

#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::reconcile {

class ReplayAdmin : public reset::FakeAdmin {
 public:
  int64_t until_ms = 0;  // a search by this time or a later one finds the queue's end
  int starts = 0;
  std::vector<client::ReplaySteering> steerings;

  // Delivers so many of each queue's messages, and the group consumes them or does not.
  void Deliver(const std::string& broker, int64_t count, bool consumed = true) {
    for (auto& [id, replay] : brokers[broker].replays) {
      if (replay.state != protocol::ReplayState::kRunning) continue;
      bool done = true;
      for (protocol::ReplayQueue& queue : replay.queues) {
        const int64_t step = std::min(count, queue.end_offset - queue.next_offset);
        queue.next_offset += step;
        queue.delivered += step;
        replay.unconsumed += consumed ? 0 : step;
        done = done && queue.next_offset == queue.end_offset;
      }
      if (done) replay.state = protocol::ReplayState::kFinished;
    }
  }
  protocol::ReplayStatus& ReplayAt(const std::string& broker) {
    return brokers[broker].replays.begin()->second;
  }

  Result<int64_t> SearchOffset(const std::string& address, const std::string& wanted,
                               int32_t queue_id, int64_t timestamp_ms) override {
    if (timestamp_ms >= until_ms) return MaxOffset(address, wanted, queue_id);
    return FakeAdmin::SearchOffset(address, wanted, queue_id, timestamp_ms);
  }

  Result<protocol::ReplayStatus> StartReplay(const std::string& address,
                                             const protocol::ReplayOrder& order) override {
    reset::FakeBroker& broker = brokers[address.substr(0, address.find(':'))];
    if (broker.silent) return Status(ErrorCode::kUnavailable, "connection refused");
    if (broker.lose_requests > 0) {
      --broker.lose_requests;
      return Status(ErrorCode::kTimeout, "no answer");
    }
    ++starts;
    auto [known, is_new] = broker.replays.try_emplace(order.id);
    protocol::ReplayStatus& replay = known->second;
    if (is_new) {
      replay.order = order;
      replay.filter = "everything";
      if (order.paused) replay.state = protocol::ReplayState::kPaused;
      for (int32_t id : order.queue_ids) {
        const reset::FakeQueue& queue = broker.queues[static_cast<size_t>(id)];
        replay.queues.push_back({id, queue.by_time, queue.max, queue.by_time, 0, 0, 0, 0});
      }
    }
    if (broker.lose_answers > 0) {
      --broker.lose_answers;
      return Status(ErrorCode::kTimeout, "no answer");
    }
    return replay;
  }

  Result<protocol::ReplayStatus> SteerReplay(const std::string& address,
                                             const client::ReplaySteering& steering) override {
    reset::FakeBroker& broker = brokers[address.substr(0, address.find(':'))];
    if (broker.silent) return Status(ErrorCode::kUnavailable, "connection refused");
    steerings.push_back(steering);
    protocol::ReplayStatus& replay = broker.replays.at(steering.id);
    if (steering.messages_per_second.has_value()) {
      replay.order.messages_per_second = *steering.messages_per_second;
    }
    if (steering.pause.has_value()) {
      replay.state =
          *steering.pause ? protocol::ReplayState::kPaused : protocol::ReplayState::kRunning;
    }
    if (steering.cancel) replay.state = protocol::ReplayState::kCancelled;
    return replay;
  }
};

}  // namespace rewindmq::reconcile
