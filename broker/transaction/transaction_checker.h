#pragma once
// Walks over the open half messages and decides about each (TransactionalMessageServiceImpl.check):
// those that nobody has ended for a while are put at their queue's end again, and their producers
// asked. How far both queues have been walked is kept among the consumers' offsets, as in Java.
//
// After a crash a walk begins where the last saved offsets are: some producers are asked twice, and
// none is forgotten. Thread safety: one thread at a time.

#include <cstdint>
#include <functional>

#include "broker/offset/offset_table.h"
#include "broker/store/message_store.h"
#include "broker/transaction/half_message.h"
#include "broker/transaction/open_halves.h"
#include "common/base/clock.h"

namespace rewindmq::broker {

struct CheckSettings {
  int64_t timeout_ms = 6000;
  int32_t check_max = 15;
  int64_t keep_ms = 0;
};

// What one walk has done.
struct CheckRound {
  int64_t over = 0;
  int64_t asked = 0;
  int64_t deferred = 0;
  int64_t discarded = 0;
};

class TransactionChecker {
 public:
  // Asks the producer of a half message, which is where it lies now.
  using Ask = std::function<void(const HalfMessage& half)>;

  // All of them outlive the checker.
  TransactionChecker(store::MessageStore* store, OffsetTable* offsets, const Clock* clock, Ask ask)
      : store_(store), offsets_(offsets), clock_(clock), ask_(std::move(ask)) {}

  // kUnavailable when the store takes no message now: the walk ends, and the next one goes on.
  Result<CheckRound> Run(const CheckSettings& settings);

 private:
  struct Walk {
    CheckRules rules;
    OpLedger ops;
    int64_t at = 0;         // the next half
    int64_t end = 0;        // of the half queue when the walk began
    int64_t walked_ms = 0;  // all halves that were stored before are behind
    bool stopped = false;
    CheckRound round;
  };

  int64_t OffsetOf(std::string_view topic) const;
  void ReadOps(int64_t from, OpLedger* ops) const;
  Status WalkSome(Walk* walk);
  Status Settle(HalfMessage half, Walk* walk);
  // Where the copy lies.
  Result<HalfMessage> PutBack(InnerMessage message);

  store::MessageStore* const store_;
  OffsetTable* const offsets_;
  const Clock* const clock_;
  const Ask ask_;
};

}  // namespace rewindmq::broker
