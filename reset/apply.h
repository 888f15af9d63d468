#pragma once
// Carries out one broker's part of a plan: looks what kind of broker it is and who is online,
// chooses the way that does neither more nor less than the plan (decide_way.h), tells the caller,
// asks the broker once, and reads the offsets back. A request is never repeated on a time-out: rows
// then stay Applying, for recover.h. Thread safety: one table at a time; calls block.

#include <cstdint>
#include <functional>
#include <string>

#include "client/admin_api.h"
#include "common/base/status.h"
#include "reset/decide_way.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

// Called after the rows say Applying and before anything is sent. An error keeps it from being
// sent.
using IntentHook = std::function<Status(const BrokerRow& broker)>;

enum class ApplyOutcome : uint8_t {
  kSettled,      // the rows say how it went; Applying means: no answer came
  kUnreachable,  // the broker did not answer before anything was asked; the rows are unchanged
  kNotRecorded,  // the intent hook failed; nothing was sent
};

struct ApplyResult {
  ApplyOutcome outcome = ApplyOutcome::kSettled;
  Status error;            // for the last two outcomes
  bool fell_back = false;  // nobody was online, so the offsets were written instead
};

ApplyResult ApplyToBroker(client::AdminApi* admin, const Request& request,
                          const std::string& broker_name, int64_t now_ms, const IntentHook& intent,
                          Table* table);

// The broker is given up: its waiting rows fail with this error.
void FailBroker(const Status& error, BrokerRow* broker, Table* table);

}  // namespace rewindmq::reset
