#pragma once
// AdminApi over remoting. The list of nameservers is tried in turn, beginning with the one that
// answered last. Requests claim language OTHER, never CPP: Apache brokers answer CPP tools in a
// form that Java consumers silently ignore. Thread safety: every method may be called from several
// threads, but not from an io thread.

#include <atomic>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "client/admin_api.h"
#include "common/remoting/client.h"

namespace rewindmq::client {

class RemoteAdmin : public AdminApi {
 public:
  // `client` outlives this. `name_servers` are "host:port"; `timeout_ms` is for each request.
  RemoteAdmin(remoting::Client* client, std::vector<std::string> name_servers, int32_t timeout_ms);

  Result<protocol::TopicRouteData> Route(const std::string& topic) override;
  Result<protocol::ConsumerConnection> ConsumerConnections(const std::string& address,
                                                           const std::string& group) override;
  Result<protocol::TopicStatsTable> TopicStats(const std::string& address,
                                               const std::string& topic) override;
  Result<protocol::ConsumeStats> ConsumeStats(const std::string& address, const std::string& group,
                                              const std::string& topic) override;
  Result<int64_t> QueryOffset(const std::string& address, const std::string& group,
                              const std::string& topic, int32_t queue_id) override;
  Status UpdateOffset(const std::string& address, const std::string& group,
                      const std::string& topic, int32_t queue_id, int64_t offset) override;
  Result<int64_t> SearchOffset(const std::string& address, const std::string& topic,
                               int32_t queue_id, int64_t timestamp_ms) override;
  Result<int64_t> MinOffset(const std::string& address, const std::string& topic,
                            int32_t queue_id) override;
  Result<int64_t> MaxOffset(const std::string& address, const std::string& topic,
                            int32_t queue_id) override;
  int32_t BrokerVersion(const std::string& address) override;
  Result<std::map<std::string, std::string>> BrokerConfig(const std::string& address) override;
  Result<QueueOffsets> ResetOffset(const std::string& address,
                                   const ResetRequest& request) override;
  Result<std::map<std::string, QueueOffsets>> ClientOffsets(const std::string& address,
                                                            const std::string& group,
                                                            const std::string& topic) override;
  Result<QueueOffsets> ResetToOffsets(const std::string& address, const std::string& group,
                                      const std::string& topic,
                                      const QueueOffsets& offsets) override;
  Result<protocol::ReplayStatus> StartReplay(const std::string& address,
                                             const protocol::ReplayOrder& order) override;
  Result<protocol::ReplayStatus> SteerReplay(const std::string& address,
                                             const ReplaySteering& steering) override;
  Result<std::vector<protocol::ReplayStatus>> Replays(const std::string& address,
                                                      const std::string& id) override;

 private:
  // The answer when its code is 0, otherwise kRejected with its code and remark.
  Result<remoting::Reply> Ask(const std::string& address, const protocol::Outgoing& request);
  Result<int64_t> AskOffset(const std::string& address, const protocol::Outgoing& request);

  remoting::Client* client_;
  const std::vector<std::string> name_servers_;
  const int32_t timeout_ms_;
  std::atomic<size_t> last_good_{0};  // index into name_servers_
  std::mutex mutex_;
  std::map<std::string, int32_t> versions_;  // by address; guarded by mutex_
};

}  // namespace rewindmq::client
