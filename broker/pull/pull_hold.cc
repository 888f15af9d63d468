#include "broker/pull/pull_hold.h"

#include <algorithm>
#include <asio/post.hpp>
#include <utility>

#include "common/remoting/connection.h"

namespace rewindmq::broker {
namespace {

// How late a held pull may be answered; a multiple of it costs one timer, not one a pull.
constexpr int64_t kTickMs = 100;

}  // namespace

bool TagsMatch(const protocol::SubscriptionData& subscription, int64_t tags_code) {
  if (subscription.code_set.empty()) return true;
  return std::find(subscription.code_set.begin(), subscription.code_set.end(),
                   static_cast<int32_t>(tags_code)) != subscription.code_set.end();
}

PullHold::PullHold(asio::io_context& loop, const Clock* clock, Resume resume, PullHoldLimits limits)
    : loop_(loop), timer_(loop), clock_(clock), resume_(std::move(resume)), limits_(limits) {}

void PullHold::Stop() {
  {
    std::lock_guard lock(mutex_);
    stopped_ = true;
    queues_.clear();
    per_connection_.clear();
    held_ = 0;
  }
  asio::post(loop_, [self = shared_from_this()] { self->timer_.cancel(); });
}

bool PullHold::Full(uint64_t connection_id) const {
  if (held_ >= limits_.pulls) return true;
  auto own = per_connection_.find(connection_id);
  return own != per_connection_.end() && own->second >= limits_.pulls_per_connection;
}

bool PullHold::Hold(HeldPull* pull, const std::function<bool()>& changed) {
  bool first = false;
  bool full = false;
  {
    std::lock_guard lock(mutex_);
    if (stopped_) return true;
    if (changed()) return false;
    uint64_t connection_id = pull->responder.connection()->id();
    full = Full(connection_id);
    if (!full) {
      first = queues_.empty();
      ++held_;
      ++per_connection_[connection_id];
      QueueKey key(pull->request.topic, pull->request.queue_id);
      queues_[std::move(key)].push_back(std::move(*pull));
    }
  }
  if (full) {
    pull->responder.Fail(protocol::kSystemBusy,
                         "[OVERLOAD]system busy, start flow control for a while: too many pulls "
                         "wait for messages");
    return true;
  }
  // The timer ticks only while there is somebody to wait for.
  if (first) asio::post(loop_, [self = shared_from_this()] { self->ArmTimer(); });
  return true;
}

template <typename Choose>
std::vector<HeldPull> PullHold::TakeIf(std::vector<HeldPull>* pulls, Choose choose) {
  auto rest = std::partition(pulls->begin(), pulls->end(),
                             [&](const HeldPull& pull) { return !choose(pull); });
  std::vector<HeldPull> taken(std::make_move_iterator(rest), std::make_move_iterator(pulls->end()));
  pulls->erase(rest, pulls->end());
  held_ -= taken.size();
  for (const HeldPull& pull : taken) {
    auto own = per_connection_.find(pull.responder.connection()->id());
    if (own != per_connection_.end() && --own->second == 0) per_connection_.erase(own);
  }
  return taken;
}

void PullHold::OnArrival(std::string_view topic, int32_t queue_id, int64_t max_offset,
                         int64_t tags_code) {
  std::vector<HeldPull> woken;
  {
    std::lock_guard lock(mutex_);
    if (queues_.empty()) return;
    auto it = queues_.find(QueueKey(topic, queue_id));
    if (it == queues_.end()) return;
    woken = TakeIf(&it->second, [&](const HeldPull& pull) {
      return max_offset > pull.request.queue_offset &&
             (pull.selector != nullptr || TagsMatch(*pull.subscription, tags_code));
    });
    if (it->second.empty()) queues_.erase(it);
  }
  Run(std::move(woken), true);
}

void PullHold::WakeGroup(std::string_view group, std::string_view topic) {
  std::vector<HeldPull> woken;
  {
    std::lock_guard lock(mutex_);
    for (auto it = queues_.begin(); it != queues_.end();) {
      if (it->first.first == topic) {
        auto taken =
            TakeIf(&it->second, [&](const HeldPull& pull) { return pull.request.group == group; });
        std::move(taken.begin(), taken.end(), std::back_inserter(woken));
      }
      it = it->second.empty() ? queues_.erase(it) : std::next(it);
    }
  }
  Run(std::move(woken), true);
}

void PullHold::Run(std::vector<HeldPull> pulls, bool may_hold) {
  for (HeldPull& pull : pulls) {
    if (pull.responder.connection()->open()) resume_(std::move(pull), may_hold);
  }
}

void PullHold::ArmTimer() {
  timer_.expires_after(std::chrono::milliseconds(kTickMs));
  timer_.async_wait([self = shared_from_this()](const asio::error_code& error) {
    if (!error) self->OnTimer();
  });
}

void PullHold::OnTimer() {
  int64_t now = clock_->SteadyMs();
  std::vector<HeldPull> late;
  bool more = false;
  {
    std::lock_guard lock(mutex_);
    for (auto it = queues_.begin(); it != queues_.end();) {
      auto taken = TakeIf(&it->second, [&](const HeldPull& pull) {
        return pull.deadline_ms <= now || !pull.responder.connection()->open();
      });
      std::move(taken.begin(), taken.end(), std::back_inserter(late));
      it = it->second.empty() ? queues_.erase(it) : std::next(it);
    }
    more = !queues_.empty();
  }
  Run(std::move(late), false);
  if (more) ArmTimer();
}

size_t PullHold::size() const {
  std::lock_guard lock(mutex_);
  return held_;
}

}  // namespace rewindmq::broker
