#include "broker/timer/timer_progress.h"

#include "common/base/bytes.h"
#include "common/protocol/java_json.h"
#include "common/protocol/json_writer.h"

namespace rewindmq::broker {

std::string EncodeTimerProgress(const TimerProgress& progress) {
  protocol::JsonWriter writer;
  writer.BeginObject();
  writer.Member("deliveredOutMs", progress.delivered_out_ms);
  writer.Member("knownUntil", progress.known_until);
  writer.Member("readFrom", progress.read_from);
  writer.EndObject();
  return writer.Take();
}

Result<TimerProgress> DecodeTimerProgress(std::string_view text) {
  REWIND_TRY_ASSIGN(nlohmann::json object, protocol::ParseJavaObject(text));
  protocol::JsonMembers members(object);
  TimerProgress progress;
  progress.delivered_out_ms = members.Int64("deliveredOutMs");
  progress.known_until = members.Int64("knownUntil");
  progress.read_from = members.Int64("readFrom");
  REWIND_TRY(members.status());
  return progress;
}

TimerProgress ProgressOfJava(std::string_view timercheck, int64_t max_offset) {
  ByteReader reader(timercheck);
  int64_t last_read_ms = reader.Read<int64_t>();
  if (!reader.ok() || last_read_ms <= 0) return {};
  TimerProgress progress;
  progress.known_until = max_offset;
  // The second that it was at may be delivered in part.
  progress.delivered_out_ms = last_read_ms - 1;
  return progress;
}

}  // namespace rewindmq::broker
