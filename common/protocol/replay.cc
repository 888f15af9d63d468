#include "common/protocol/replay.h"

#include <array>

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::protocol {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> kStates = {"Running", "Paused", "Finished", "Cancelled",
                                                     "Failed"};

Result<ReplayState> StateFromName(std::string_view name) {
  for (size_t i = 0; i < kStates.size(); ++i) {
    if (kStates[i] == name) return static_cast<ReplayState>(i);
  }
  return Status(ErrorCode::kInvalidArgument, "'" + std::string(name) + "' is no replay's state");
}

void WriteOrder(const ReplayOrder& order, JsonWriter* writer) {
  writer->BeginObject();
  writer->Member("fromMs", order.from_ms);
  writer->Member("group", order.group);
  writer->Member("id", order.id);
  writer->Member("messagesPerSecond", order.messages_per_second);
  writer->Member("paused", order.paused);
  writer->Key("queueIds");
  writer->BeginArray();
  for (int32_t queue_id : order.queue_ids) writer->Int(queue_id);
  writer->EndArray();
  writer->Member("sql", order.sql);
  writer->Member("tag", order.tag);
  writer->Member("topic", order.topic);
  writer->Member("untilMs", order.until_ms);
  writer->EndObject();
}

Result<ReplayOrder> ReadOrder(const json& object) {
  JsonMembers members(object);
  ReplayOrder order;
  order.id = members.Text("id");
  order.topic = members.Text("topic");
  order.group = members.Text("group");
  order.from_ms = members.Int64("fromMs");
  order.until_ms = members.Int64("untilMs");
  order.tag = members.Text("tag");
  order.sql = members.Text("sql");
  order.messages_per_second = members.Int32("messagesPerSecond");
  order.paused = members.Bool("paused");
  if (const json* ids = members.Array("queueIds"); ids != nullptr) {
    for (const json& id : *ids) {
      bool fits =
          id.is_number_integer() && id.get<int64_t>() >= 0 && id.get<int64_t>() <= INT32_MAX;
      if (!fits) return Status(ErrorCode::kInvalidArgument, "queueIds has what is no queue's id");
      order.queue_ids.push_back(id.get<int32_t>());
    }
  }
  if (!members.status().ok()) {
    return Status(ErrorCode::kInvalidArgument, members.status().message());
  }
  return order;
}

void WriteQueue(const ReplayQueue& queue, JsonWriter* writer) {
  writer->BeginObject();
  writer->Member("beginOffset", queue.begin_offset);
  writer->Member("delivered", queue.delivered);
  writer->Member("endOffset", queue.end_offset);
  writer->Member("filtered", queue.filtered);
  writer->Member("missing", queue.missing);
  writer->Member("nextOffset", queue.next_offset);
  writer->Member("queueId", queue.queue_id);
  writer->Member("repeated", queue.repeated);
  writer->EndObject();
}

Result<ReplayQueue> ReadQueue(const json& object) {
  JsonMembers members(object);
  ReplayQueue queue;
  queue.queue_id = members.Int32("queueId");
  queue.begin_offset = members.Int64("beginOffset");
  queue.end_offset = members.Int64("endOffset");
  queue.next_offset = members.Int64("nextOffset");
  queue.delivered = members.Int64("delivered");
  queue.filtered = members.Int64("filtered");
  queue.missing = members.Int64("missing");
  queue.repeated = members.Int64("repeated");
  if (!members.status().ok()) return members.status();
  return queue;
}

void WriteStatus(const ReplayStatus& status, JsonWriter* writer) {
  writer->BeginObject();
  if (status.end_time_ms) writer->Member("endTimeMs", *status.end_time_ms);
  writer->Member("filter", status.filter);
  writer->Member("message", status.message);
  writer->Key("order");
  WriteOrder(status.order, writer);
  writer->Key("queues");
  writer->BeginArray();
  for (const ReplayQueue& queue : status.queues) WriteQueue(queue, writer);
  writer->EndArray();
  writer->Member("startTimeMs", status.start_time_ms);
  writer->Member("state", Name(status.state));
  writer->Member("unconsumed", status.unconsumed);
  writer->EndObject();
}

Result<ReplayStatus> ReadStatus(const json& object) {
  JsonMembers members(object);
  ReplayStatus status;
  const json* order = members.Object("order");
  if (order == nullptr) return Status(ErrorCode::kInvalidArgument, "a replay without its order");
  REWIND_TRY_ASSIGN(status.order, ReadOrder(*order));
  status.filter = members.Text("filter");
  REWIND_TRY_ASSIGN(status.state, StateFromName(members.Text("state")));
  status.message = members.Text("message");
  status.start_time_ms = members.Int64("startTimeMs");
  if (members.Any("endTimeMs") != nullptr) status.end_time_ms = members.Int64("endTimeMs");
  status.unconsumed = members.Int64("unconsumed");
  if (const json* queues = members.Array("queues"); queues != nullptr) {
    for (const json& queue : *queues) {
      REWIND_TRY_ASSIGN(ReplayQueue row, ReadQueue(queue));
      status.queues.push_back(row);
    }
  }
  if (!members.status().ok()) return members.status();
  return status;
}

}  // namespace

std::string_view Name(ReplayState state) { return kStates[static_cast<size_t>(state)]; }

std::string EncodeReplayOrder(const ReplayOrder& order) {
  JsonWriter writer;
  WriteOrder(order, &writer);
  return writer.Take();
}

Result<ReplayOrder> DecodeReplayOrder(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  return ReadOrder(object);
}

std::string EncodeReplayStatus(const ReplayStatus& status) {
  JsonWriter writer;
  WriteStatus(status, &writer);
  return writer.Take();
}

Result<ReplayStatus> DecodeReplayStatus(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  return ReadStatus(object);
}

std::string EncodeReplayList(const std::vector<ReplayStatus>& list) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("replays");
  writer.BeginArray();
  for (const ReplayStatus& status : list) WriteStatus(status, &writer);
  writer.EndArray();
  writer.EndObject();
  return writer.Take();
}

Result<std::vector<ReplayStatus>> DecodeReplayList(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, ParseJavaObject(text));
  JsonMembers members(object);
  std::vector<ReplayStatus> list;
  if (const json* replays = members.Array("replays"); replays != nullptr) {
    for (const json& replay : *replays) {
      REWIND_TRY_ASSIGN(ReplayStatus status, ReadStatus(replay));
      list.push_back(std::move(status));
    }
  }
  if (!members.status().ok()) return members.status();
  return list;
}

}  // namespace rewindmq::protocol
