#include "reset/observe_clients.h"

#include <algorithm>
#include <set>

#include "common/protocol/codes.h"
#include "reset/verify.h"

namespace rewindmq::reset {
namespace {

// The members who say where they are in this queue.
struct Words {
  int holding = 0;
  int elsewhere = 0;
  std::optional<int64_t> lowest;
};

protocol::MessageQueue KeyOf(const Request& request, const QueueRow& row) {
  return {row.topic.empty() ? request.topic : row.topic, row.broker_name, row.queue_id};
}

// Our brokers ignore commits of a rewound queue until a member has pulled from its new place: once
// a later offset is committed, somebody has gone back and read on, however fast.
bool HasReadOn(const BrokerRow& broker, const QueueRow& row) {
  const int64_t target = row.Expected().value_or(0);
  return broker.kind == BrokerKind::kRewindMq && !broker.broadcasting &&
         target < row.before_offset.value_or(0) && row.after_offset.value_or(0) > target;
}

bool Holds(const BrokerRow& broker, const QueueRow& row, int64_t offset) {
  if (Judge(row, offset) == Evidence::kHolds) return true;
  return HasReadOn(broker, row) && offset >= row.Expected().value_or(0);
}

Words WordsOn(const BrokerRow& broker, const QueueRow& row, const protocol::MessageQueue& key,
              const ClientOffsetTable& clients) {
  Words words;
  for (const auto& [id, offsets] : clients) {
    auto found = offsets.find(key);
    if (found == offsets.end()) continue;
    const bool holds = Holds(broker, row, found->second);
    words.holding += holds ? 1 : 0;
    words.elsewhere += holds ? 0 : 1;
    words.lowest = std::min(words.lowest.value_or(found->second), found->second);
  }
  return words;
}

}  // namespace

void TakeClientOffsets(const Request& request, const ClientOffsetTable& clients, BrokerRow* broker,
                       Table* table) {
  for (QueueRow* row : table->QueuesOf(broker->name)) {
    if (row->state != QueueState::kApplied || row->reason == reason::kVerified) continue;
    const Words words = WordsOn(*broker, *row, KeyOf(request, *row), clients);
    if (broker->broadcasting && words.lowest.has_value()) row->after_offset = words.lowest;
    // Not every client can say where it is (code 221 is Java's); that it has read on is as good.
    const bool silent = words.holding + words.elsewhere == 0;
    const bool confirmed = broker->broadcasting
                               ? words.elsewhere == 0 && words.holding > 0
                               : words.holding > 0 || (silent && HasReadOn(*broker, *row));
    if (!confirmed) continue;
    row->reason = reason::kVerified;
    row->message.clear();
  }
  int32_t confirmed = 0;
  for (const auto& [id, offsets] : clients) {
    bool all = true;
    for (const QueueRow* row : table->QueuesOf(broker->name)) {
      auto found = offsets.find(KeyOf(request, *row));
      if (row->state != QueueState::kApplied || found == offsets.end()) continue;
      // What was confirmed once has been read on from.
      all = all && (row->reason == reason::kVerified || Holds(*broker, *row, found->second));
    }
    confirmed += all ? 1 : 0;
  }
  broker->clients_confirmed = std::max(broker->clients_confirmed.value_or(0), confirmed);
}

Status ObserveClients(client::AdminApi* admin, const Request& request, const BrokerRow& broker,
                      Table* table) {
  std::set<std::string> topics;
  for (const QueueRow* row : table->QueuesOf(broker.name)) {
    if (row->state == QueueState::kApplied) topics.insert(KeyOf(request, *row).topic);
  }
  ClientOffsetTable clients;
  for (const std::string& topic : topics) {
    auto answer = admin->ClientOffsets(broker.address, request.group, topic);
    // All of them left since: the committed offsets are all there is to see next time.
    if (answer.status().response_code() == protocol::kConsumerNotOnline) return Status::Ok();
    if (!answer.ok()) return answer.status();
    for (const auto& [id, offsets] : *answer) clients[id].insert(offsets.begin(), offsets.end());
  }
  TakeClientOffsets(request, clients, table->FindBroker(broker.name), table);
  return Status::Ok();
}

}  // namespace rewindmq::reset
