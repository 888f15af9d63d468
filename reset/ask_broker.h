#pragma once
// The requests of the ways of decide_way.h, one function each: it asks, and writes into the rows
// what the broker said. Rows whose answer is missing stay Applying.
// Thread safety: one table at a time; calls block.

#include "client/admin_api.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::reset {

inline constexpr std::string_view kNotifyClientsName = "NotifyClients";
inline constexpr std::string_view kBrokerSideName = "BrokerSide";
inline constexpr std::string_view kReplayName = "Replay";

// One broker's turn: what its steps share.
struct Turn {
  client::AdminApi* admin;
  const Request& request;
  Table* table;
  BrokerRow* broker;
};

// kResetToOffsets with the offsets of all its rows at once.
void AskExactly(const Turn& turn);
// kStartReplay for all its rows at once.
void AskForReplay(const Turn& turn);
// One 222. False when nobody is online and the offsets may be written instead.
bool AskWholeBroker(const Turn& turn, bool force);
// One 222 for each row, with its offset.
void AskQueueByQueue(const Turn& turn);
// One 15 for each row.
void WriteOffsets(const Turn& turn);

}  // namespace rewindmq::reset
