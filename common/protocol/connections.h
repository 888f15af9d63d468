#pragma once
// Who is connected to a broker for a group (ConsumerConnection, code 203; ProducerConnection, code
// 204). Thread safety: plain values.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/codes.h"
#include "common/protocol/heartbeat.h"

namespace rewindmq::protocol {

// One client's connection (Connection).
struct Connection {
  std::string client_id;
  std::string client_addr;  // "10.0.0.1:51234"
  Language language = Language::kJava;
  int32_t version = 0;

  bool operator==(const Connection&) const = default;
};

struct ConsumerConnection {
  std::vector<Connection> connections;
  std::map<std::string, SubscriptionData> subscription_table;  // by topic
  ConsumeType consume_type = ConsumeType::kPassively;
  MessageModel message_model = MessageModel::kClustering;
  ConsumeFromWhere consume_from_where = ConsumeFromWhere::kLastOffset;

  bool operator==(const ConsumerConnection&) const = default;
};

struct ProducerConnection {
  std::vector<Connection> connections;

  bool operator==(const ProducerConnection&) const = default;
};

std::string EncodeConsumerConnection(const ConsumerConnection& connection);
Result<ConsumerConnection> DecodeConsumerConnection(std::string_view text);
std::string EncodeProducerConnection(const ProducerConnection& connection);
Result<ProducerConnection> DecodeProducerConnection(std::string_view text);

}  // namespace rewindmq::protocol
