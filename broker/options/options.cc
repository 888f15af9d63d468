#include "broker/options/options.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <thread>

#include "broker/options/delivery_settings.h"
#include "broker/options/store_settings.h"
#include "broker/store/host_address.h"
#include "broker/store/index_query.h"
#include "common/base/parse.h"

namespace rewindmq::broker {
namespace {

std::string MachineName() {
  char name[256] = {};
  return ::gethostname(name, sizeof name - 1) == 0 && name[0] != '\0' ? name : "DEFAULT_BROKER";
}

// The first address of this machine that others can reach; loopback when there is none.
std::string MachineIp() {
  std::string ip = "127.0.0.1";
  ifaddrs* all = nullptr;
  if (::getifaddrs(&all) != 0) return ip;
  for (const ifaddrs* one = all; one != nullptr; one = one->ifa_next) {
    bool usable = one->ifa_addr != nullptr && one->ifa_addr->sa_family == AF_INET &&
                  (one->ifa_flags & IFF_LOOPBACK) == 0 && (one->ifa_flags & IFF_UP) != 0;
    if (!usable) continue;
    char text[INET_ADDRSTRLEN];
    const auto* address = reinterpret_cast<const sockaddr_in*>(one->ifa_addr);
    if (::inet_ntop(AF_INET, &address->sin_addr, text, sizeof text) != nullptr) {
      ip = text;
      break;
    }
  }
  ::freeifaddrs(all);
  return ip;
}

Status CheckName(const std::string& key, const std::string& value) {
  bool sound = !value.empty() && value.size() <= 127 &&
               value.find_first_not_of(
                   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                   "0123456789_-%|.") == std::string::npos;
  if (sound) return Status::Ok();
  return {ErrorCode::kInvalidArgument,
          key + " is '" + value + "'; use 1 to 127 letters, digits, '.', '_', '-', '%' or '|'"};
}

// Filters, pulls, transactions and replies.
Status ReadMessagingSettings(const Settings& settings, BrokerOptions* options) {
  REWIND_TRY(settings.Read("enablePropertyFilter", &options->property_filter));
  REWIND_TRY(
      settings.Read("filterDataCleanTimeSpan", &options->filter_keep_ms, 1000, INT64_MAX / 2));
  REWIND_TRY(settings.Read("litePullMessageEnable", &options->lite_pull));
  REWIND_TRY(
      settings.Read("maxTransferCountOnMessageInMemory", &options->max_pull_messages, 1, 1024));
  REWIND_TRY(
      settings.Read("maxTransferBytesOnMessageInMemory", &options->max_pull_bytes, 1, 8 << 20));
  REWIND_TRY(settings.Read("rejectTransactionMessage", &options->reject_transactions));
  bool nearest = options->search_by_time.get() == store::Boundary::kNearest;
  std::string search = nearest ? "nearest" : "lower";
  REWIND_TRY(settings.ReadChoice("searchOffsetByTime", {"lower", "nearest"}, &search));
  options->search_by_time =
      search == "nearest" ? store::Boundary::kNearest : store::Boundary::kLower;
  REWIND_TRY(settings.Read("transactionTimeOut", &options->transaction_timeout_ms, 0, 86'400'000));
  REWIND_TRY(settings.Read("transactionCheckInterval", &options->transaction_check_interval_ms, 100,
                           86'400'000));
  REWIND_TRY(settings.Read("transactionCheckMax", &options->transaction_check_max, 1, INT32_MAX));
  return settings.Read("storeReplyMessageEnable", &options->store_replies);
}

Status ReadSendLimits(const Settings& settings, SendLimits* limits) {
  constexpr int64_t kMaxWaitMs = 3'600'000;
  REWIND_TRY(
      settings.Read("waitTimeMillsInSendQueue", &limits->wait_in_send_queue_ms, 1, kMaxWaitMs));
  REWIND_TRY(
      settings.Read("osPageCacheBusyTimeOutMills", &limits->page_cache_busy_ms, 1, kMaxWaitMs));
  return settings.Read("sendThreadPoolQueueCapacity", &limits->send_queue_capacity, 1, INT32_MAX);
}

Status ReadIdentity(const Settings& settings, BrokerOptions* options) {
  REWIND_TRY(settings.Read("brokerClusterName", &options->cluster_name));
  REWIND_TRY(settings.Read("brokerName", &options->broker_name));
  REWIND_TRY(settings.Read("brokerId", &options->broker_id, 0, INT32_MAX));
  REWIND_TRY(settings.Read("bindAddress", &options->bind_address));
  REWIND_TRY(settings.Read("listenPort", &options->listen_port, 3, 65534));
  REWIND_TRY(settings.Read("brokerIP1", &options->advertised_ip));
  REWIND_TRY(CheckName("brokerName", options->broker_name));
  REWIND_TRY(CheckName("brokerClusterName", options->cluster_name));
  REWIND_TRY(store::ParseHostAddress(options->advertised_ip, options->listen_port)
                 .status()
                 .WithContext("brokerIP1"));
  std::string name_servers;
  REWIND_TRY(settings.Read("namesrvAddr", &name_servers));
  if (!name_servers.empty()) options->name_servers = SplitTrimmed(name_servers, ';');
  return Status::Ok();
}

}  // namespace

const std::vector<std::string>& BrokerSettingKeys() {
  static const std::vector<std::string> kOwnKeys = {
      "autoCreateSubscriptionGroup",
      "autoCreateTopicEnable",
      "bindAddress",
      "brokerClusterName",
      "brokerIP1",
      "brokerId",
      "brokerName",
      "brokerPermission",
      "compressedRegister",
      "defaultTopicQueueNums",
      "enablePropertyFilter",
      "filterDataCleanTimeSpan",
      "flushConsumerOffsetInterval",
      "forceRegister",
      "ioThreads",
      "listenPort",
      "litePullMessageEnable",
      "logFormat",
      "logLevel",
      "longPollingEnable",
      "maxMsgsNumBatch",
      "maxTransferBytesOnMessageInMemory",
      "maxTransferCountOnMessageInMemory",
      "metricsPromExporterHost",
      "metricsPromExporterPort",
      "namesrvAddr",
      "notifyConsumerIdsChangedEnable",
      "osPageCacheBusyTimeOutMills",
      "regionId",
      "registerNameServerPeriod",
      "rejectTransactionMessage",
      "searchOffsetByTime",
      "sendThreadPoolQueueCapacity",
      "shortPollingTimeMills",
      "storeReplyMessageEnable",
      "traceOn",
      "transactionCheckInterval",
      "transactionCheckMax",
      "transactionTimeOut",
      "waitTimeMillsInSendQueue",
  };
  static const std::vector<std::string> kKeys = [] {
    std::vector<std::string> keys = kOwnKeys;
    keys.insert(keys.end(), StoreSettingKeys().begin(), StoreSettingKeys().end());
    keys.insert(keys.end(), DeliverySettingKeys().begin(), DeliverySettingKeys().end());
    return keys;
  }();
  return kKeys;
}

Status ApplyBrokerSettings(const Settings& settings, BrokerOptions* options) {
  REWIND_TRY(ReadIdentity(settings, options));
  REWIND_TRY(settings.Read("autoCreateTopicEnable", &options->auto_create_topic));
  REWIND_TRY(settings.Read("autoCreateSubscriptionGroup", &options->auto_create_group));
  REWIND_TRY(settings.Read("defaultTopicQueueNums", &options->default_topic_queue_nums, 1, 1024));
  REWIND_TRY(settings.Read("longPollingEnable", &options->long_polling));
  REWIND_TRY(settings.Read("shortPollingTimeMills", &options->short_polling_ms, 1, 60'000));
  REWIND_TRY(settings.Read("brokerPermission", &options->permission, 0, 7));
  REWIND_TRY(
      settings.Read("notifyConsumerIdsChangedEnable", &options->notify_consumer_ids_changed));
  REWIND_TRY(settings.Read("traceOn", &options->trace_on));
  REWIND_TRY(
      settings.Read("registerNameServerPeriod", &options->register_period_ms, 10'000, 60'000));
  REWIND_TRY(
      settings.Read("flushConsumerOffsetInterval", &options->flush_offsets_ms, 100, 600'000));
  REWIND_TRY(settings.Read("forceRegister", &options->force_register));
  REWIND_TRY(settings.Read("compressedRegister", &options->compressed_register));
  REWIND_TRY(settings.Read("regionId", &options->region_id));
  REWIND_TRY(ReadDeliverySettings(settings, &options->delivery));
  REWIND_TRY(ReadSendLimits(settings, &options->send_limits));
  REWIND_TRY(settings.Read("ioThreads", &options->io_threads, 1, 64));
  REWIND_TRY(settings.Read("metricsPromExporterHost", &options->metrics_host));
  REWIND_TRY(settings.Read("metricsPromExporterPort", &options->metrics_port, 0, 65535));
  REWIND_TRY(
      settings.Read("maxMsgsNumBatch", &options->max_query_messages, 1, store::kMaxQueryRecords));
  REWIND_TRY(ReadMessagingSettings(settings, options));
  REWIND_TRY(settings.Read("logLevel", &options->log.level));
  REWIND_TRY(settings.Read("logFormat", &options->log.format));
  return ApplyStoreSettings(settings, &options->store);
}

Result<BrokerOptions> ReadBrokerOptions(const Settings& settings) {
  BrokerOptions options;
  options.broker_name = MachineName();
  options.advertised_ip = MachineIp();
  options.io_threads = static_cast<int32_t>(std::max(1U, std::thread::hardware_concurrency()));
  if (const char* fallback = std::getenv("NAMESRV_ADDR")) {
    options.name_servers = SplitTrimmed(fallback, ';');
  }
  REWIND_TRY_ASSIGN(options.store, ReadStoreSettings(settings));
  REWIND_TRY(settings.Read("bindAddress", &options.bind_address));
  options.metrics_host = options.bind_address;
  REWIND_TRY(ApplyBrokerSettings(settings, &options));
  return options;
}

}  // namespace rewindmq::broker
