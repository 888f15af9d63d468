#pragma once
// Which half messages are open, and what must happen to each: the rules of
// TransactionalMessageServiceImpl.check as functions from values to values.
//
// Every half message before the half queue's offset is over, or was put at its end again; every op
// message before the op queue's offset has been taken in by a walk over the halves that it names.
// Java forgets an op message that names a half before the offset; here it also settles the copies
// of that half, so that a late answer of a producer does not deliver a message twice.
// Thread safety: one object a thread. Times: wall, milliseconds.

#include <cstdint>
#include <optional>
#include <unordered_set>
#include <vector>

#include "broker/transaction/half_message.h"

namespace rewindmq::broker {

// How long one walk may take at most, as in Java.
inline constexpr int64_t kMaxCheckRoundMs = 60'000;

// What the op messages say that a walk has read.
class OpLedger {
 public:
  // The offsets that both queues have been checked up to.
  OpLedger(int64_t op_offset, int64_t half_offset)
      : op_offset_(op_offset), half_offset_(half_offset) {}

  // In the order of their offsets.
  void Add(int64_t op_offset, int64_t stored_ms, const std::vector<int64_t>& halves);
  bool IsOver(int64_t half_offset) const { return over_.count(half_offset) > 0; }

  // The first op message that a later walk still needs, when this one has settled all halves
  // before half_offset, which includes all that were stored before walked_ms.
  int64_t NextOpOffset(int64_t half_offset, int64_t walked_ms) const;

 private:
  struct Op {
    int64_t offset;
    int64_t stored_ms;
    int64_t last_half;      // -1: names none
    bool names_older_half;  // before half_offset_, so a copy of it may still come
  };

  const int64_t op_offset_;
  const int64_t half_offset_;
  std::vector<Op> ops_;
  std::unordered_set<int64_t> over_;
};

struct CheckRules {
  int64_t started_ms = 0;  // of this walk
  int64_t timeout_ms = 0;  // transactionTimeOut
  int32_t check_max = 0;   // transactionCheckMax
  int64_t keep_ms = 0;     // fileReservedTime
};

enum class HalfFate {
  kOver,      // committed or rolled back
  kAsk,       // ask its producer, and put it back
  kDefer,     // put it back without asking: its producer wanted more time
  kDiscard,   // asked too often, or too old
  kTooYoung,  // it and those behind it wait for the next walk
};

HalfFate FateOf(const HalfMessage& half, const OpLedger& ops, const CheckRules& rules);

// How long the producer wanted not to be asked; empty when it did not say.
std::optional<int64_t> ImmunityMsOf(const HalfMessage& half, int64_t timeout_ms);

}  // namespace rewindmq::broker
