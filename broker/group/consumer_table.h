#pragma once
// Which consumers are connected: group -> members and subscriptions, from their heartbeats
// (ConsumerManager, ConsumerGroupInfo). Memory only: clients say it again every 30 s.
// Thread safety: any thread. What is handed out is a copy, or immutable and shared.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/protocol/codes.h"
#include "common/protocol/heartbeat.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

struct ConsumerClient {
  std::string client_id;
  std::shared_ptr<remoting::Connection> connection;
  protocol::Language language = protocol::Language::kJava;
  int32_t version = 0;
  int64_t last_heartbeat_ms = 0;  // steady
};

struct ConsumerGroup {
  protocol::ConsumeType consume_type = protocol::ConsumeType::kPassively;
  protocol::MessageModel message_model = protocol::MessageModel::kClustering;
  protocol::ConsumeFromWhere consume_from_where = protocol::ConsumeFromWhere::kLastOffset;
  std::map<std::string, std::shared_ptr<const protocol::SubscriptionData>, std::less<>>
      subscriptions;                           // by topic
  std::map<uint64_t, ConsumerClient> clients;  // by connection id
  int32_t fingerprint = 0;                     // of the members' subscriptions; 0 = not told
};

class ConsumerTable {
 public:
  // Takes in one group of a heartbeat. True when the members or the subscriptions have changed, so
  // that the others must rebalance.
  bool Register(const protocol::ConsumerData& data, ConsumerClient client);
  // The same for a heartbeat that leaves the subscriptions out: those that are known stay. Does
  // nothing to an unknown group.
  bool Refresh(const protocol::ConsumerData& data, ConsumerClient client);
  // Whether a client with this fingerprint must send its subscriptions (again).
  bool WantsSubscriptions(std::string_view group, int32_t fingerprint, bool left_out) const;
  void SetFingerprint(std::string_view group, int32_t fingerprint);
  // True when a member has gone.
  bool Unregister(std::string_view group, std::string_view client_id);
  // The groups that have lost a member.
  std::vector<std::string> OnConnectionClosed(uint64_t connection_id);
  // Drops members silent since before `oldest_ms` (steady) and gives the groups they left.
  std::vector<std::string> ExpireSilent(int64_t oldest_ms);

  std::optional<ConsumerGroup> Find(std::string_view group) const;
  struct Subscription {
    bool group_online = false;
    bool broadcasting = false;
    std::shared_ptr<const protocol::SubscriptionData> data;  // null: not subscribed
  };
  Subscription FindSubscription(std::string_view group, std::string_view topic) const;
  struct Member {
    ConsumerClient client;
    protocol::ConsumeType consume_type = protocol::ConsumeType::kPassively;
    protocol::MessageModel message_model = protocol::MessageModel::kClustering;
  };
  std::optional<Member> FindMember(std::string_view group, uint64_t connection_id) const;
  std::vector<std::string> ClientIds(std::string_view group) const;
  // Groups whose online members subscribe this topic.
  std::vector<std::string> GroupsOf(std::string_view topic) const;
  std::pair<size_t, size_t> CountGroupsAndMembers() const;

 private:
  static bool Join(const protocol::ConsumerData& data, ConsumerClient client, ConsumerGroup* group);
  template <typename Condition>
  std::vector<std::string> DropClients(Condition drop);

  mutable std::mutex mutex_;
  std::map<std::string, ConsumerGroup, std::less<>> groups_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
