#include "broker/options/setting_rows.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace rewindmq::broker {
namespace {

constexpr int64_t kHourMs = 3'600'000;

std::string Text(const std::string& value) { return value; }
std::string Text(bool value) { return value ? "true" : "false"; }
template <typename Number>
requires(std::is_integral_v<Number> && !std::is_same_v<Number, bool>) std::string
    Text(Number value) {
  return std::to_string(value);
}
std::string Text(store::FlushMode value) {
  return value == store::FlushMode::kSync ? "SYNC_FLUSH" : "ASYNC_FLUSH";
}
std::string Text(store::DamagePolicy value) {
  return value == store::DamagePolicy::kRefuse ? "refuse" : "quarantine";
}
std::string Text(store::Boundary value) {
  return value == store::Boundary::kNearest ? "nearest" : "lower";
}
std::string Text(const DelayLevels& levels) { return levels.text(); }
std::string Text(store::RecordCrc value) { return Text(value == store::RecordCrc::kAppend); }
template <typename T>
std::string Text(const Live<T>& value) {
  return Text(value.get());
}
// Java's ratios are whole percents.
std::string Text(double ratio) { return std::to_string(static_cast<int>(ratio * 100 + 0.5)); }
std::string Text(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) text += (text.empty() ? "" : ";") + value;
  return text;
}
std::string Text(const std::vector<int32_t>& hours) {
  std::string text;
  for (int32_t hour : hours) {
    text += (text.empty() ? "" : ";") + std::string(hour < 10 ? "0" : "") + std::to_string(hour);
  }
  return text;
}

// `field` gives a reference to one field of the options.
template <typename Field>
SettingRow Row(std::string_view key, Change change, Field field) {
  return {key, change, [field](const BrokerOptions& options) { return Text(field(options)); },
          [field](const BrokerOptions& from, BrokerOptions* to) { field(*to) = field(from); }};
}

// A pointer to a member cannot name one inside another.
#define REWIND_FIELD(path) \
  [](auto& options) -> auto& { return options.path; }

SettingRow ReservedHoursRow() {
  SettingRow row = Row("fileReservedTime", Change::kAtOnce, REWIND_FIELD(store.retention.keep_ms));
  row.text = [](const BrokerOptions& options) {
    return std::to_string(options.store.retention.keep_ms / kHourMs);
  };
  return row;
}

std::vector<SettingRow> RowsUpToL() {
  using enum Change;
  return {
      Row("autoCreateSubscriptionGroup", kAtOnce, REWIND_FIELD(auto_create_group)),
      Row("autoCreateTopicEnable", kAtOnce, REWIND_FIELD(auto_create_topic)),
      Row("bindAddress", kRefused, REWIND_FIELD(bind_address)),
      Row("brokerClusterName", kRefused, REWIND_FIELD(cluster_name)),
      Row("brokerIP1", kRefused, REWIND_FIELD(advertised_ip)),
      Row("brokerId", kRefused, REWIND_FIELD(broker_id)),
      Row("brokerName", kRefused, REWIND_FIELD(broker_name)),
      Row("brokerPermission", kAtOnce, REWIND_FIELD(permission)),
      Row("compressedRegister", kAtRestart, REWIND_FIELD(compressed_register)),
      Row("damagePolicy", kAtRestart, REWIND_FIELD(store.damage_policy)),
      Row("defaultTopicQueueNums", kAtOnce, REWIND_FIELD(default_topic_queue_nums)),
      Row("deleteWhen", kAtOnce, REWIND_FIELD(store.retention.delete_hours)),
      Row("diskMaxUsedSpaceRatio", kAtOnce, REWIND_FIELD(store.retention.expire_ratio)),
      Row("diskSpaceCleanForciblyRatio", kAtOnce, REWIND_FIELD(store.retention.force_ratio)),
      Row("diskSpaceWarningLevelRatio", kAtOnce, REWIND_FIELD(store.retention.full_ratio)),
      Row("enableConsumeQueueExt", kAtRestart, REWIND_FIELD(store.enable_consume_queue_ext)),
      Row("enablePropertyFilter", kAtOnce, REWIND_FIELD(property_filter)),
      Row("enabledAppendPropCRC", kAtRestart, REWIND_FIELD(store.record_crc)),
      ReservedHoursRow(),
      Row("filterDataCleanTimeSpan", kAtRestart, REWIND_FIELD(filter_keep_ms)),
      Row("flushConsumerOffsetInterval", kAtOnce, REWIND_FIELD(flush_offsets_ms)),
      Row("flushDelayOffsetInterval", kAtRestart, REWIND_FIELD(delivery.save_interval_ms)),
      Row("flushDiskType", kAtOnce, REWIND_FIELD(store.flush_mode)),
      Row("flushIntervalCommitLog", kAtRestart, REWIND_FIELD(store.flush_interval_ms)),
      Row("forceRegister", kAtRestart, REWIND_FIELD(force_register)),
      Row("ioThreads", kAtRestart, REWIND_FIELD(io_threads)),
      Row("listenPort", kRefused, REWIND_FIELD(listen_port)),
      Row("litePullMessageEnable", kAtOnce, REWIND_FIELD(lite_pull)),
      Row("logFormat", kAtRestart, REWIND_FIELD(log.format)),
      Row("logLevel", kAtOnce, REWIND_FIELD(log.level)),
      Row("longPollingEnable", kAtOnce, REWIND_FIELD(long_polling)),
  };
}

std::vector<SettingRow> RowsFromM() {
  using enum Change;
  return {
      Row("mappedFileSizeCommitLog", kRefused, REWIND_FIELD(store.commit_log_segment_bytes)),
      Row("mappedFileSizeConsumeQueue", kRefused, REWIND_FIELD(store.consume_queue_segment_bytes)),
      Row("mappedFileSizeConsumeQueueExt", kRefused,
          REWIND_FIELD(store.consume_queue_ext_segment_bytes)),
      Row("maxHashSlotNum", kRefused, REWIND_FIELD(store.index_shape.slots)),
      Row("maxIndexNum", kRefused, REWIND_FIELD(store.index_shape.entries)),
      Row("maxMessageSize", kAtOnce, REWIND_FIELD(store.max_message_bytes)),
      Row("maxMsgsNumBatch", kAtOnce, REWIND_FIELD(max_query_messages)),
      Row("maxTransferBytesOnMessageInMemory", kAtOnce, REWIND_FIELD(max_pull_bytes)),
      Row("maxTransferCountOnMessageInMemory", kAtOnce, REWIND_FIELD(max_pull_messages)),
      Row("messageDelayLevel", kAtRestart, REWIND_FIELD(delivery.levels)),
      Row("messageIndexEnable", kAtRestart, REWIND_FIELD(store.message_index_enable)),
      Row("metricsPromExporterHost", kAtRestart, REWIND_FIELD(metrics_host)),
      Row("metricsPromExporterPort", kAtRestart, REWIND_FIELD(metrics_port)),
      Row("namesrvAddr", kAtRestart, REWIND_FIELD(name_servers)),
      Row("notifyConsumerIdsChangedEnable", kAtOnce, REWIND_FIELD(notify_consumer_ids_changed)),
      Row("osPageCacheBusyTimeOutMills", kAtRestart, REWIND_FIELD(send_limits.page_cache_busy_ms)),
      Row("regionId", kAtRestart, REWIND_FIELD(region_id)),
      Row("registerNameServerPeriod", kAtRestart, REWIND_FIELD(register_period_ms)),
      Row("rejectTransactionMessage", kAtOnce, REWIND_FIELD(reject_transactions)),
      Row("searchOffsetByTime", kAtOnce, REWIND_FIELD(search_by_time)),
      Row("sendThreadPoolQueueCapacity", kAtRestart, REWIND_FIELD(send_limits.send_queue_capacity)),
      Row("shortPollingTimeMills", kAtOnce, REWIND_FIELD(short_polling_ms)),
      Row("storePathCommitLog", kRefused, REWIND_FIELD(store.commit_log_directory)),
      Row("storePathRootDir", kRefused, REWIND_FIELD(store.root_directory)),
      Row("storeReplyMessageEnable", kAtOnce, REWIND_FIELD(store_replies)),
      Row("syncFlushTimeout", kAtRestart, REWIND_FIELD(store.sync_flush_timeout_ms)),
      Row("timerMaxDelaySec", kAtRestart, REWIND_FIELD(delivery.timers.max_delay_sec)),
      Row("timerPrecisionMs", kAtRestart, REWIND_FIELD(delivery.timers.precision_ms)),
      Row("timerWheelEnable", kAtRestart, REWIND_FIELD(delivery.timers.enabled)),
      Row("traceOn", kAtOnce, REWIND_FIELD(trace_on)),
      Row("transactionCheckInterval", kAtRestart, REWIND_FIELD(transaction_check_interval_ms)),
      Row("transactionCheckMax", kAtRestart, REWIND_FIELD(transaction_check_max)),
      Row("transactionTimeOut", kAtRestart, REWIND_FIELD(transaction_timeout_ms)),
      Row("waitTimeMillsInSendQueue", kAtRestart, REWIND_FIELD(send_limits.wait_in_send_queue_ms)),
  };
}

#undef REWIND_FIELD

std::vector<SettingRow> AllRows() {
  std::vector<SettingRow> rows = RowsUpToL();
  for (SettingRow& row : RowsFromM()) rows.push_back(std::move(row));
  return rows;
}

}  // namespace

const std::vector<SettingRow>& SettingRows() {
  static const std::vector<SettingRow> kRows = AllRows();
  return kRows;
}

const SettingRow* FindSettingRow(std::string_view key) {
  const std::vector<SettingRow>& rows = SettingRows();
  auto it = std::find_if(rows.begin(), rows.end(), [&](const auto& row) { return row.key == key; });
  return it == rows.end() ? nullptr : &*it;
}

}  // namespace rewindmq::broker
