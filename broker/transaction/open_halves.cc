#include "broker/transaction/open_halves.h"

#include <algorithm>
#include <limits>

#include "common/base/parse.h"

namespace rewindmq::broker {
namespace {

constexpr int64_t kMsPerSecond = 1000;

bool PreparedIsOver(const HalfMessage& half, const OpLedger& ops) {
  std::string_view text = half.Property(kPropertyPreparedOffset);
  if (text.empty()) return false;
  Result<int64_t> prepared = ParseInt64(text, kPropertyPreparedOffset);
  return prepared.ok() && ops.IsOver(*prepared);
}

}  // namespace

void OpLedger::Add(int64_t op_offset, int64_t stored_ms, const std::vector<int64_t>& halves) {
  Op op{op_offset, stored_ms, -1, false};
  for (int64_t half : halves) {
    over_.insert(half);
    op.last_half = std::max(op.last_half, half);
    op.names_older_half |= half < half_offset_;
  }
  ops_.push_back(op);
}

int64_t OpLedger::NextOpOffset(int64_t half_offset, int64_t walked_ms) const {
  int64_t next = op_offset_;
  for (const Op& op : ops_) {
    // A walk that did not know of this op may have put a copy behind it for one round's time.
    bool copies_seen = !op.names_older_half || op.stored_ms + kMaxCheckRoundMs < walked_ms;
    if (op.last_half >= half_offset || !copies_seen) break;
    next = op.offset + 1;
  }
  return next;
}

std::optional<int64_t> ImmunityMsOf(const HalfMessage& half, int64_t timeout_ms) {
  std::string_view text = half.Property(kPropertyImmunitySec);
  if (text.empty()) return std::nullopt;
  Result<int64_t> seconds = ParseInt64(text, kPropertyImmunitySec);
  if (!seconds.ok() || *seconds == -1) return timeout_ms;
  constexpr int64_t kLimit = std::numeric_limits<int64_t>::max() / kMsPerSecond;
  return std::clamp(*seconds, -kLimit, kLimit) * kMsPerSecond;
}

HalfFate FateOf(const HalfMessage& half, const OpLedger& ops, const CheckRules& rules) {
  if (ops.IsOver(half.queue_offset) || PreparedIsOver(half, ops)) return HalfFate::kOver;
  const int64_t age_ms = rules.started_ms - half.message.born_timestamp_ms;
  if (CheckTimesOf(half) >= rules.check_max || age_ms > rules.keep_ms) return HalfFate::kDiscard;
  if (half.message.store_timestamp_ms >= rules.started_ms) return HalfFate::kTooYoung;
  if (std::optional<int64_t> immunity_ms = ImmunityMsOf(half, rules.timeout_ms)) {
    return age_ms <= *immunity_ms ? HalfFate::kDefer : HalfFate::kAsk;
  }
  // A birth in the future says nothing about its age.
  bool young = age_ms >= 0 && age_ms <= rules.timeout_ms;
  return young ? HalfFate::kTooYoung : HalfFate::kAsk;
}

}  // namespace rewindmq::broker
