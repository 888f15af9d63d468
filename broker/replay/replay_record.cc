#include "broker/replay/replay_record.h"

#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::broker {
namespace {

using nlohmann::json;
using protocol::JsonMembers;
using protocol::JsonWriter;

void WriteRetryQueue(const ReplayRetryQueue& queue, JsonWriter* writer) {
  writer->BeginObject();
  writer->Key("delivered");
  writer->BeginArray();
  for (const DeliveredRanges::Range& range : queue.delivered.ranges()) {
    for (int64_t number : {range.first, range.end, range.count}) writer->Int(number);
  }
  writer->EndArray();
  writer->Member("doubtful", queue.doubtful);
  writer->Member("scanFrom", queue.scan_from);
  writer->EndObject();
}

Result<ReplayRetryQueue> ReadRetryQueue(const json& object) {
  JsonMembers members(object);
  ReplayRetryQueue queue;
  queue.doubtful = members.Int64("doubtful");
  queue.scan_from = members.Int64("scanFrom");
  std::vector<int64_t> numbers;
  if (const json* delivered = members.Array("delivered"); delivered != nullptr) {
    for (const json& number : *delivered) {
      if (!number.is_number_integer()) {
        return Status(ErrorCode::kCorruption, "delivered has what is no offset");
      }
      numbers.push_back(number.get<int64_t>());
    }
  }
  REWIND_TRY(members.status());
  std::vector<DeliveredRanges::Range> ranges;
  for (size_t i = 0; i + 2 < numbers.size(); i += 3) {
    ranges.push_back({numbers[i], numbers[i + 1], numbers[i + 2]});
  }
  queue.delivered = DeliveredRanges(ranges);
  return queue;
}

void WriteRecord(const ReplayRecord& record, JsonWriter* writer) {
  protocol::ReplayStatus status = record.status;
  status.queues = record.progress.queues;
  writer->BeginObject();
  writer->Key("asked");
  writer->Raw(protocol::EncodeReplayOrder(record.asked));
  writer->Member("filterExpression", record.filter.expression);
  writer->Member("filterType", record.filter.type);
  writer->Key("retryQueues");
  writer->BeginArray();
  for (const ReplayRetryQueue& queue : record.progress.retry_queues) {
    WriteRetryQueue(queue, writer);
  }
  writer->EndArray();
  writer->Key("status");
  writer->Raw(protocol::EncodeReplayStatus(status));
  writer->EndObject();
}

Result<ReplayRecord> ReadRecord(const json& object) {
  JsonMembers members(object);
  ReplayRecord record;
  const json* asked = members.Object("asked");
  const json* status = members.Object("status");
  if (asked == nullptr || status == nullptr) {
    return Status(ErrorCode::kCorruption, "a replay without its order or its status");
  }
  REWIND_TRY_ASSIGN(record.asked, protocol::DecodeReplayOrder(protocol::DumpJson(*asked)));
  REWIND_TRY_ASSIGN(record.status, protocol::DecodeReplayStatus(protocol::DumpJson(*status)));
  record.filter = {members.Text("filterType"), members.Text("filterExpression"),
                   record.status.filter};
  record.progress.queues = std::move(record.status.queues);
  record.status.queues.clear();
  if (const json* queues = members.Array("retryQueues"); queues != nullptr) {
    for (const json& queue : *queues) {
      REWIND_TRY_ASSIGN(ReplayRetryQueue read, ReadRetryQueue(queue));
      record.progress.retry_queues.push_back(std::move(read));
    }
  }
  REWIND_TRY(members.status());
  bool can_go_on = !record.progress.retry_queues.empty() || !IsUnfinished(record.status.state);
  if (can_go_on) return record;
  return Status(ErrorCode::kCorruption, "replay " + record.asked.id + " has no retry queues");
}

}  // namespace

std::string EncodeReplayRecords(const std::vector<ReplayRecord>& records) {
  JsonWriter writer;
  writer.BeginObject();
  writer.Key("replays");
  writer.BeginArray();
  for (const ReplayRecord& record : records) WriteRecord(record, &writer);
  writer.EndArray();
  writer.EndObject();
  return writer.Take();
}

Result<std::vector<ReplayRecord>> DecodeReplayRecords(std::string_view text) {
  REWIND_TRY_ASSIGN(json object, protocol::ParseJavaObject(text));
  JsonMembers members(object);
  std::vector<ReplayRecord> records;
  if (const json* replays = members.Array("replays"); replays != nullptr) {
    for (const json& replay : *replays) {
      REWIND_TRY_ASSIGN(ReplayRecord record, ReadRecord(replay));
      records.push_back(std::move(record));
    }
  }
  REWIND_TRY(members.status());
  return records;
}

}  // namespace rewindmq::broker
