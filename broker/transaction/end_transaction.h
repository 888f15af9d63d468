#pragma once
// A producer ends a transaction (EndTransactionProcessor): a commit puts the message into its topic
// and then says in the op queue that the half is over; a rollback only says so. A crash in between
// lets the checker ask again: a committed message may come twice, and is never lost.
// Thread safety: any thread.

#include <cstdint>
#include <string>
#include <string_view>

#include "broker/send/message_writer.h"
#include "broker/store/message_store.h"
#include "broker/transaction/half_message.h"
#include "common/base/clock.h"

namespace rewindmq::broker {

// As in a message's sysFlag.
enum class TransactionEnd : int32_t { kUnknown = 0, kCommit = 8, kRollback = 12 };

struct EndTransaction {
  std::string_view producer_group;
  int64_t half_offset = 0;      // tranStateTableOffset
  int64_t physical_offset = 0;  // commitLogOffset
  TransactionEnd end = TransactionEnd::kUnknown;
  bool from_check = false;  // the producer was asked
};

// A response code and why; success is code 0.
struct EndAnswer {
  int32_t code = 0;
  std::string remark;
};

class TransactionEnder {
 public:
  // All of them outlive it. `host` is the broker's own address.
  TransactionEnder(store::MessageStore* store, MessageWriter* writer, const Clock* clock,
                   const store::HostAddress& host)
      : store_(store), writer_(writer), clock_(clock), host_(host) {}

  EndAnswer End(const EndTransaction& request, int64_t timeout_ms);
  // Lets a half message that was given up be asked about again, from wherever it lies.
  Status Resume(int64_t physical_offset);

 private:
  // Says in the op queue that the half is over.
  EndAnswer Close(int64_t half_offset);

  store::MessageStore* const store_;
  MessageWriter* const writer_;
  const Clock* const clock_;
  const store::HostAddress host_;
};

}  // namespace rewindmq::broker
