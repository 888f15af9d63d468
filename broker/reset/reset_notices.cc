#include "broker/reset/reset_notices.h"

#include <algorithm>

namespace rewindmq::broker {
namespace {

// Clients in JavaScript call themselves Java 3.4.9, and ignore the notice.
constexpr int32_t kVersion4_0_0Snapshot = 212;
// First Java client that follows "offset moved" at once.
constexpr int32_t kVersion5_2_0 = 453;
// First one of 4.x whose broadcasting consumers write a single queue's offset to their file.
constexpr int32_t kVersion4_9_8 = 409;

bool WritesOwnFile(int32_t version) {
  return version >= kVersion5_2_0 ||
         (version >= kVersion4_9_8 && version < protocol::kVersion5_0_0);
}

}  // namespace

ResetTold HowToTell(const ConsumerClient& client, protocol::ConsumeType consume_type,
                    protocol::MessageModel message_model) {
  // Pull and lite pull consumers ignore the notice.
  if (consume_type != protocol::ConsumeType::kPassively) return ResetTold::kAtNextPull;
  if (client.language == protocol::Language::kCpp) return ResetTold::kByListBody;
  bool java = client.language == protocol::Language::kJava;
  bool by_notice = client.version >= kVersion4_0_0Snapshot && client.version < kVersion5_2_0;
  if (!java || !by_notice) return ResetTold::kAtNextPull;
  bool own_file = message_model == protocol::MessageModel::kBroadcasting;
  return own_file && !WritesOwnFile(client.version) ? ResetTold::kByRedirect
                                                    : ResetTold::kByMapBody;
}

bool ResetNotices::Tell(const Client& client, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  if (client.how == ResetTold::kAtNextPull) return false;
  Progress& progress = progress_[KeyOf(client)];
  progress.seen_ms = now_ms;
  if (client.how == ResetTold::kByRedirect) return false;
  bool follows = progress.told_ms != 0 && now_ms - progress.told_ms <= kFollowsWithinMs;
  progress.again = follows;
  if (!follows) progress.told_ms = now_ms;
  return !follows;
}

PullStep ResetNotices::WalkOn(int32_t queue_id, int64_t offset, int64_t target,
                              Progress* progress) {
  auto walk = progress->walks.find(queue_id);
  bool walks = walk != progress->walks.end();
  if (!walks && offset == target) return {PullStep::Kind::kFollowed};
  if (!walks || walk->second.target != target) {
    int64_t until = walks ? std::max(walk->second.until, offset) : offset;
    progress->walks[queue_id] = {target, until};
    return {PullStep::Kind::kRedirect};
  }
  // A member that was sent forward is where it should be at its first pull.
  if (offset < walk->second.until) return {PullStep::Kind::kServe};
  progress->walks.erase(walk);
  return {PullStep::Kind::kFollowed};
}

PullStep ResetNotices::FollowNotice(const Client& client, int64_t now_ms, Progress* progress) {
  // Not told yet: the broker was restarted, or the client has come or got this queue since.
  if (progress->told_ms == 0) {
    progress->told_ms = now_ms;
    return {PullStep::Kind::kNotice, kFollowsWithinMs};
  }
  int64_t since_ms = now_ms - progress->told_ms;
  if (since_ms > kFollowsWithinMs) return {PullStep::Kind::kMoved};
  int64_t awake_ms = client.how == ResetTold::kByListBody ? 0 : kClientAwakeMs;
  if (!progress->again) return Wait(kFollowsWithinMs - since_ms + 1);
  if (since_ms < awake_ms) return Wait(awake_ms - since_ms);
  progress->again = false;
  progress->told_ms = now_ms;
  return {PullStep::Kind::kNotice, kFollowsWithinMs};
}

PullStep ResetNotices::OnPull(const Client& client, int32_t queue_id, int64_t offset,
                              const ResetPlace& place, int64_t now_ms) {
  std::lock_guard lock(mutex_);
  Progress& progress = progress_[KeyOf(client)];
  progress.seen_ms = now_ms;
  progress.pulled = true;
  if (client.how == ResetTold::kByRedirect) {
    return WalkOn(queue_id, offset, place.offset, &progress);
  }
  if (Knows(progress, queue_id, place)) return {PullStep::Kind::kServe};
  auto named = progress.named.find(queue_id);
  bool is_named = named != progress.named.end() && named->second.order == place.order;
  if (offset == place.offset || (is_named && offset == named->second.offset)) {
    progress.named[queue_id] = {offset, place.order, true};
    return {PullStep::Kind::kFollowed};
  }
  PullStep step = client.how == ResetTold::kAtNextPull ? PullStep{PullStep::Kind::kMoved}
                                                       : FollowNotice(client, now_ms, &progress);
  if (step.kind == PullStep::Kind::kMoved) {
    progress.named[queue_id] = {place.offset, place.order, false};
  }
  return step;
}

void ResetNotices::Named(const Client& client, int32_t queue_id, const ResetPlace& place,
                         int64_t now_ms) {
  std::lock_guard lock(mutex_);
  Progress& progress = progress_[KeyOf(client)];
  progress.seen_ms = now_ms;
  if (Knows(progress, queue_id, place)) return;
  progress.named[queue_id] = {place.offset, place.order, false};
}

const ResetNotices::Progress* ResetNotices::Find(const Client& client) const {
  auto progress = progress_.find(KeyOf(client));
  return progress == progress_.end() ? nullptr : &progress->second;
}

bool ResetNotices::Knows(const Progress& progress, int32_t queue_id, const ResetPlace& place) {
  auto named = progress.named.find(queue_id);
  return named != progress.named.end() && named->second.order == place.order &&
         named->second.pulled;
}

bool ResetNotices::Knows(const Client& client, int32_t queue_id, const ResetPlace& place) const {
  std::lock_guard lock(mutex_);
  const Progress* progress = Find(client);
  return progress != nullptr && Knows(*progress, queue_id, place);
}

bool ResetNotices::HasPulled(const Client& client) const {
  std::lock_guard lock(mutex_);
  const Progress* progress = Find(client);
  return progress != nullptr && progress->pulled;
}

void ResetNotices::ForgetSilent(int64_t now_ms) {
  std::lock_guard lock(mutex_);
  std::erase_if(progress_,
                [&](const auto& one) { return now_ms - one.second.seen_ms > kForgetMs; });
}

}  // namespace rewindmq::broker
