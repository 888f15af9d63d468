#pragma once
// The answer to 28, mqadmin's clusterList and brokerStatus: every key that Java's brokers 4.2.0 and
// 5.5.0 give. There are no thread pools with queues here, nor a pool of buffers outside of the
// files; their sizes are zero, and their capacities are Java's defaults. Pure.

#include <cstdint>
#include <string>

#include "broker/stats/broker_stats.h"
#include "broker/store/store_stats.h"
#include "common/protocol/lists.h"

namespace rewindmq::broker {

struct RuntimeFigures {
  store::StoreStats store;
  std::string store_directory;
  std::string commit_log_directory;  // empty: commitlog in the store's
  int64_t started_ms = 0;            // wall
  int64_t now_ms = 0;                // wall
  int64_t earliest_message_ms = -1;  // when it was stored; -1 without messages
};

protocol::KvTable RuntimeInfo(const RuntimeFigures& figures, const BrokerStats& stats);

// "215.5 GiB": a thousand and twenty-four of one unit are one of the next.
std::string ReadableBytes(int64_t bytes);

}  // namespace rewindmq::broker
