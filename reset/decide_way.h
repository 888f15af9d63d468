#pragma once
// Chooses how a broker is asked for its part of a plan, so that it does neither more nor less.
// What the broker's kind cannot do is refused with the words of capabilities.h. Pure.

#include <cstdint>
#include <string>

#include "reset/request.h"
#include "reset/table.h"
#include "reset/who.h"

namespace rewindmq::reset {

enum class Way : uint8_t {
  kNothing,       // no queue of this broker is to move
  kRefuse,        // every way would do something that was not asked for
  kExactly,       // kResetToOffsets: one request with the planned offsets (ours)
  kStartReplay,   // kStartReplay (ours)
  kWholeBroker,   // one 222
  kRewindOnly,    // one 222 that moves no queue forward
  kQueueByQueue,  // 222 for each queue, with its planned offset
  kWriteOffsets,  // 15 for each queue
};

struct Decision {
  Way way = Way::kNothing;
  std::string reason;
  std::string message;
};

// From the broker's planned rows and from who is connected to it.
Decision DecideWay(const Request& request, const Table& table, const std::string& broker_name,
                   BrokerKind kind, const Members& members);

// Its planned rows fail with what the decision says.
void RefuseBroker(const Decision& decision, BrokerRow* broker, Table* table);

}  // namespace rewindmq::reset
