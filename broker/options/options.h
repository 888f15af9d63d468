#pragma once
// What a broker is told at its start. Keys and defaults are RocketMQ's (BrokerConfig,
// MessageStoreConfig, NettyServerConfig) wherever it has them.
//
// What is Live may be changed at run time (see config/runtime_settings.h) and may be read from any
// thread; everything else is constant once the broker has started.

#include <cstdint>
#include <string>
#include <vector>

#include "broker/options/delivery_settings.h"
#include "broker/overload/send_gate.h"
#include "broker/store/get_result.h"
#include "broker/store/store_options.h"
#include "common/base/live.h"
#include "common/base/log.h"
#include "common/base/settings.h"
#include "common/base/status.h"

namespace rewindmq::broker {

struct BrokerOptions {
  std::string cluster_name = "DefaultCluster";
  std::string broker_name;  // default: the machine's name
  int64_t broker_id = 0;    // 0 = master
  std::string bind_address = "0.0.0.0";
  int32_t listen_port = 10911;  // clients up to 4.4.0 send to this port minus 2
  std::string advertised_ip;    // brokerIP1; default: the address that routes to a nameserver
  std::vector<std::string> name_servers;
  Live<bool> auto_create_topic = true;
  Live<bool> auto_create_group = true;
  Live<int32_t> default_topic_queue_nums = 8;
  Live<bool> long_polling = true;
  Live<int32_t> short_polling_ms = 1000;  // how long an empty pull is held when long polling is off
  Live<int32_t> permission = 6;           // brokerPermission: 2 write, 4 read
  Live<bool> notify_consumer_ids_changed = true;
  Live<bool> trace_on = true;  // clients may send traces of messages that were stored here
  int32_t register_period_ms = 30'000;
  bool force_register = true;        // each turn, whether or not something has changed
  bool compressed_register = false;  // the body as 4.3 and later read it compressed
  Live<int32_t> flush_offsets_ms = 5'000;
  int32_t io_threads = 2;
  Live<int32_t> max_query_messages = 64;      // maxMsgsNumBatch, of one query by key
  Live<bool> property_filter = false;         // enablePropertyFilter: selectors in SQL92
  int64_t filter_keep_ms = 24 * 3600'000;     // filterDataCleanTimeSpan
  Live<bool> lite_pull = true;                // litePullMessageEnable
  Live<int32_t> max_pull_messages = 32;       // maxTransferCountOnMessageInMemory
  Live<int32_t> max_pull_bytes = 256 * 1024;  // maxTransferBytesOnMessageInMemory
  // searchOffsetByTime, our own: what is found at a time when nobody says which boundary is meant.
  Live<store::Boundary> search_by_time = store::Boundary::kLower;
  Live<bool> reject_transactions = false;  // rejectTransactionMessage
  int32_t transaction_timeout_ms = 6000;   // before a half message is asked about
  int32_t transaction_check_interval_ms = 30'000;
  int32_t transaction_check_max = 15;  // times that a producer is asked
  Live<bool> store_replies = true;     // storeReplyMessageEnable
  std::string metrics_host;            // default: bind_address
  int32_t metrics_port = 0;  // 0: no metrics are served (Java: metricsExporterType DISABLE)
  std::string region_id = "DefaultRegion";  // told to producers for their traces
  DeliveryOptions delivery;
  SendLimits send_limits;
  store::StoreOptions store;
  LogOptions log;

  std::string Address() const { return advertised_ip + ":" + std::to_string(listen_port); }
  // Where a slave would fetch the log; named to the nameserver as Java's broker does.
  std::string HaAddress() const { return advertised_ip + ":" + std::to_string(listen_port + 1); }
};

// Every key that a broker understands.
const std::vector<std::string>& BrokerSettingKeys();

// Reads those that are present onto the options. kInvalidArgument names the setting and its place.
Status ApplyBrokerSettings(const Settings& settings, BrokerOptions* options);

// Defaults are filled in from the machine. kInvalidArgument names the setting and its place.
Result<BrokerOptions> ReadBrokerOptions(const Settings& settings);

}  // namespace rewindmq::broker
