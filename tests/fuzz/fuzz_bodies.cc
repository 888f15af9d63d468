// Bodies of requests and answers, which are fastjson's JSON: the first byte picks the decoder.

#include "common/protocol/admin_bodies.h"
#include "common/protocol/connections.h"
#include "common/protocol/heartbeat.h"
#include "common/protocol/java_json.h"
#include "common/protocol/lists.h"
#include "common/protocol/lock_batch.h"
#include "common/protocol/offset_tables.h"
#include "common/protocol/register_broker.h"
#include "common/protocol/replay.h"
#include "common/protocol/route_data.h"
#include "common/protocol/subscription_group.h"
#include "common/protocol/topic_config.h"
#include "tests/fuzz/check.h"

namespace rewindmq::protocol {
namespace {

// What was parsed once is standard JSON, and is the same when parsed again.
void CheckJson(std::string_view text) {
  Result<nlohmann::json> parsed = ParseJavaJson(text);
  if (!parsed.ok()) return;
  std::string dumped = DumpJson(*parsed);
  Result<nlohmann::json> again = ParseJavaJson(dumped);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(DumpJson(*again) == dumped);
}

void CheckHeartbeat(std::string_view text) {
  Result<HeartbeatData> heartbeat = DecodeHeartbeatData(text);
  if (heartbeat.ok()) FUZZ_CHECK(DecodeHeartbeatData(EncodeHeartbeatData(*heartbeat)).ok());
}

void CheckReplayOrder(std::string_view text) {
  Result<ReplayOrder> order = DecodeReplayOrder(text);
  if (order.ok()) FUZZ_CHECK(DecodeReplayOrder(EncodeReplayOrder(*order)).ok());
}

void CheckReplays(std::string_view text) {
  Result<std::vector<ReplayStatus>> list = DecodeReplayList(text);
  if (!list.ok()) return;
  auto again = DecodeReplayList(EncodeReplayList(*list));
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->size() == list->size());
}

void Decode(uint8_t kind, std::string_view text) {
  switch (kind % 20) {
    case 0:
      return CheckJson(text);
    case 1:
      return CheckHeartbeat(text);
    case 2:
      return static_cast<void>(DecodeConsumerConnection(text).ok());
    case 3:
      return static_cast<void>(DecodeProducerConnection(text).ok());
    case 4:
      return static_cast<void>(DecodeTopicList(text).ok());
    case 5:
      return static_cast<void>(DecodeGroupList(text).ok());
    case 6:
      return static_cast<void>(DecodeConsumerIdList(text).ok());
    case 7:
      return static_cast<void>(DecodeLockBatchRequest(text).ok());
    case 8:
      return static_cast<void>(DecodeLockBatchResponse(text).ok());
    case 9:
      return static_cast<void>(DecodeResetOffsetBody(text).ok());
    case 10:
      return static_cast<void>(DecodeConsumeStats(text).ok());
    case 11:
      return static_cast<void>(DecodeTopicStatsTable(text).ok());
    case 12:
      return static_cast<void>(DecodeTopicRouteData(text).ok());
    case 13:
      return static_cast<void>(DecodeRegisterBrokerBody(text, kOwnVersion, true).ok());
    case 14:
      return static_cast<void>(DecodeRegisterBrokerBody(text, kOwnVersion, false).ok());
    case 15:
      return static_cast<void>(DecodeRegisterBrokerBody(text, 0, false).ok());
    case 16:
      return static_cast<void>(DecodeClusterInfo(text).ok());
    case 17:
      return static_cast<void>(DecodeConsumerStatuses(text).ok());
    case 18:
      return CheckReplayOrder(text);
    default:
      return CheckReplays(text);
  }
}

}  // namespace
}  // namespace rewindmq::protocol

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  std::string_view input = fuzz::ViewOf(data, size);
  uint8_t kind = fuzz::TakeByte(&input);
  fuzz::ExactBytes text(input);
  protocol::Decode(kind, text.view());
  return 0;
}
