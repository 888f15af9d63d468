#pragma once
// What a reset needs to ask of a RocketMQ cluster, as values in and values out (the part of
// Apache's MQAdminExt that ResetOffsetByTimeCommand uses). Calls block until the answer or the
// time-out. Errors: kRejected carries the peer's response code and remark; kUnavailable and
// kTimeout leave open whether the peer acted; kNotFound where a method says so. Thread safety:
// implementations may be called from several threads at once.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/connections.h"
#include "common/protocol/message_queue.h"
#include "common/protocol/offset_tables.h"
#include "common/protocol/replay.h"
#include "common/protocol/route_data.h"

namespace rewindmq::client {

using QueueOffsets = std::map<protocol::MessageQueue, int64_t>;

// Code 222. Timestamp -1 means the end of every queue.
struct ResetRequest {
  std::string topic;
  std::string group;
  int64_t timestamp_ms = 0;
  bool force = true;
  // One queue and its exact offset; -1 = every queue, by time. A broker whose reset goes through
  // its clients ignores both and resets every queue by time.
  int32_t queue_id = -1;
  int64_t offset = -1;
};

// Changes a replay that runs or is paused; each change is durable before its answer.
struct ReplaySteering {
  std::string id;
  bool cancel = false;  // for good; goes before the others
  std::optional<bool> pause;
  std::optional<int32_t> messages_per_second;  // 0 = as fast as it goes
};

class AdminApi {
 public:
  virtual ~AdminApi() = default;

  // 105 at a nameserver. kNotFound when no broker serves the topic.
  virtual Result<protocol::TopicRouteData> Route(const std::string& topic) = 0;

  // 203 at a broker. Rejected with 206 when nobody of the group is online.
  virtual Result<protocol::ConsumerConnection> ConsumerConnections(const std::string& address,
                                                                   const std::string& group) = 0;
  // 202 at a broker: first and last offset of every write queue.
  virtual Result<protocol::TopicStatsTable> TopicStats(const std::string& address,
                                                       const std::string& topic) = 0;
  // 208 at a broker: how far the group has read each queue.
  virtual Result<protocol::ConsumeStats> ConsumeStats(const std::string& address,
                                                      const std::string& group,
                                                      const std::string& topic) = 0;

  // 14 at a broker. kNotFound when the group never committed an offset for this queue.
  virtual Result<int64_t> QueryOffset(const std::string& address, const std::string& group,
                                      const std::string& topic, int32_t queue_id) = 0;
  // 15 at a broker.
  virtual Status UpdateOffset(const std::string& address, const std::string& group,
                              const std::string& topic, int32_t queue_id, int64_t offset) = 0;
  // 29 at a broker: the first message stored at or after the time, or the end of the queue.
  virtual Result<int64_t> SearchOffset(const std::string& address, const std::string& topic,
                                       int32_t queue_id, int64_t timestamp_ms) = 0;
  // 31 and 30 at a broker.
  virtual Result<int64_t> MinOffset(const std::string& address, const std::string& topic,
                                    int32_t queue_id) = 0;
  virtual Result<int64_t> MaxOffset(const std::string& address, const std::string& topic,
                                    int32_t queue_id) = 0;

  // What the broker claimed to be in its last answer, as an ordinal of MQVersion; 0 before one.
  virtual int32_t BrokerVersion(const std::string& address) = 0;

  // 26 at a broker: its configuration as java.util.Properties has it.
  virtual Result<std::map<std::string, std::string>> BrokerConfig(const std::string& address) = 0;

  // 222 at a broker: the offset that it gave each queue.
  virtual Result<QueueOffsets> ResetOffset(const std::string& address,
                                           const ResetRequest& request) = 0;

  // 223 at a broker: where each online client of the group says it is, by client id. (The broker
  // asks its clients with 221; which of them can answer, the broker decides.)
  virtual Result<std::map<std::string, QueueOffsets>> ClientOffsets(const std::string& address,
                                                                    const std::string& group,
                                                                    const std::string& topic) = 0;

  // The rest only brokers of RewindMQ answer; others reject it with code 3.

  // kResetToOffsets: these queues of `topic`, or of the group's retry topic, to exactly these
  // offsets, durably, all or none. Rejected with the reason when one of them cannot be.
  virtual Result<QueueOffsets> ResetToOffsets(const std::string& address, const std::string& group,
                                              const std::string& topic,
                                              const QueueOffsets& offsets) = 0;
  // kStartReplay. Starting what has been started already gives its status.
  virtual Result<protocol::ReplayStatus> StartReplay(const std::string& address,
                                                     const protocol::ReplayOrder& order) = 0;
  // kSteerReplay. kNotFound when the broker does not know the replay.
  virtual Result<protocol::ReplayStatus> SteerReplay(const std::string& address,
                                                     const ReplaySteering& steering) = 0;
  // kGetReplays: all, or the one with this id.
  virtual Result<std::vector<protocol::ReplayStatus>> Replays(const std::string& address,
                                                              const std::string& id) = 0;
};

}  // namespace rewindmq::client
