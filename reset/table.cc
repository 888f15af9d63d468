#include "reset/table.h"

#include <array>

namespace rewindmq::reset {
namespace {

constexpr std::array<std::string_view, 6> kBrokerStates = {"Pending", "Applying", "Applied",
                                                           "Failed",  "Unknown",  "Skipped"};
constexpr std::array<std::string_view, 8> kQueueStates = {"Planned",      "Applying",  "Applied",
                                                          "Unchanged",    "Failed",    "Unknown",
                                                          "NotAttempted", "NotCovered"};

template <typename State, size_t kSize>
std::optional<State> FromName(const std::array<std::string_view, kSize>& names,
                              std::string_view name) {
  for (size_t i = 0; i < kSize; ++i) {
    if (names[i] == name) return static_cast<State>(i);
  }
  return std::nullopt;
}

}  // namespace

std::string_view Name(BrokerState state) { return kBrokerStates[static_cast<size_t>(state)]; }
std::string_view Name(QueueState state) { return kQueueStates[static_cast<size_t>(state)]; }
std::optional<BrokerState> BrokerStateFromName(std::string_view name) {
  return FromName<BrokerState>(kBrokerStates, name);
}
std::optional<QueueState> QueueStateFromName(std::string_view name) {
  return FromName<QueueState>(kQueueStates, name);
}

std::optional<int64_t> QueueRow::LagBefore() const {
  if (!max_offset.has_value() || !before_offset.has_value()) return std::nullopt;
  return *max_offset - *before_offset;
}

std::optional<int64_t> QueueRow::LagAfter() const {
  if (!max_offset.has_value() || !after_offset.has_value()) return std::nullopt;
  // A live group may have read on past the end that the plan saw.
  return *after_offset > *max_offset ? 0 : *max_offset - *after_offset;
}

BrokerRow* Table::FindBroker(std::string_view name) {
  for (BrokerRow& broker : brokers) {
    if (broker.name == name) return &broker;
  }
  return nullptr;
}

std::vector<QueueRow*> Table::QueuesOf(std::string_view broker_name) {
  std::vector<QueueRow*> rows;
  for (QueueRow& row : queues) {
    if (row.broker_name == broker_name) rows.push_back(&row);
  }
  return rows;
}

std::vector<const QueueRow*> Table::QueuesOf(std::string_view broker_name) const {
  std::vector<const QueueRow*> rows;
  for (const QueueRow& row : queues) {
    if (row.broker_name == broker_name) rows.push_back(&row);
  }
  return rows;
}

void MoveQueues(Table* table, std::string_view broker_name, QueueState from, QueueState to,
                std::string_view why, const std::string& message) {
  for (QueueRow* row : table->QueuesOf(broker_name)) {
    if (row->state != from) continue;
    row->SetState(to, why, message);
  }
}

}  // namespace rewindmq::reset
