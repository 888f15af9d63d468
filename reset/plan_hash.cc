#include "reset/plan_hash.h"

#include <cstdint>
#include <cstdio>
#include <string_view>

namespace rewindmq::reset {
namespace {

class Fingerprint {
 public:
  void Text(std::string_view text) {
    for (char c : text) hash_ = (hash_ ^ static_cast<uint8_t>(c)) * 0x100000001b3U;
    hash_ = (hash_ ^ 0xFFU) * 0x100000001b3U;
  }
  void Number(int64_t value) { Text(std::to_string(value)); }

  std::string Hex() const {
    char text[17];
    std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash_));
    return text;
  }

 private:
  uint64_t hash_ = 0xcbf29ce484222325U;
};

// Where the group stands against the target is progress; that a queue cannot be moved is not.
std::string_view Kind(const QueueRow& row) {
  const bool may_move = row.state == QueueState::kPlanned || row.state == QueueState::kUnchanged;
  return may_move ? "moves" : Name(row.state);
}

void FeedRequest(const Request& request, Fingerprint* print) {
  print->Text(request.topic);
  print->Text(request.group);
  print->Number(static_cast<int64_t>(request.target.kind));
  print->Number(request.target.WireTimestampMs());
  print->Number(static_cast<int64_t>(request.direction));
  print->Number(static_cast<int64_t>(request.method));
  print->Number(request.include_retry_topic ? 1 : 0);
  for (const std::string& name : request.scope.broker_names) print->Text(name);
  print->Text("queues");
  for (const ScopedQueue& queue : request.scope.queues) {
    print->Text(queue.broker_name);
    print->Number(queue.queue_id);
  }
  if (!request.replay.has_value()) return;
  // Neither rate nor pause: both may change while it runs.
  print->Number(request.replay->until_ms);
  print->Text(request.replay->tag);
  print->Text(request.replay->sql);
}

}  // namespace

std::string PlanHash(const Request& request, const Table& table) {
  Fingerprint print;
  FeedRequest(request, &print);
  const bool by_position =
      request.target.kind == TargetKind::kEarliest || request.target.kind == TargetKind::kLatest;
  for (const QueueRow& row : table.queues) {
    print.Text(row.topic);
    print.Text(row.broker_name);
    print.Number(row.queue_id);
    print.Text(Kind(row));
    if (row.replay.has_value()) {
      print.Number(row.replay->begin_offset);
      print.Number(row.replay->end_offset);
    } else if (!by_position) {
      print.Number(row.target_offset.value_or(-1));
    }
  }
  return print.Hex();
}

}  // namespace rewindmq::reset
