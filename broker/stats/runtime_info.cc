#include "broker/stats/runtime_info.h"

#include <spdlog/fmt/fmt.h>

#include <array>

#include "common/protocol/codes.h"

namespace rewindmq::broker {
namespace {

using protocol::KvTable;
using store::StoreStats;

struct LatencyClass {
  std::string_view name;
  int64_t below_ms;
};
// StoreStatsService's.
constexpr std::array<LatencyClass, 13> kLatencyClasses = {{{"[<=0ms]", 1},
                                                           {"[0~10ms]", 10},
                                                           {"[10~50ms]", 50},
                                                           {"[50~100ms]", 100},
                                                           {"[100~200ms]", 200},
                                                           {"[200~500ms]", 500},
                                                           {"[500ms~1s]", 1000},
                                                           {"[1~2s]", 2000},
                                                           {"[2~3s]", 3000},
                                                           {"[3~4s]", 4000},
                                                           {"[4~5s]", 5000},
                                                           {"[5~10s]", 10'000},
                                                           {"[10s~]", INT64_MAX}}};

// The lower end of a histogram's bucket, since Java cuts milliseconds off.
int64_t LowerBoundMs(size_t bucket) {
  return bucket == 0 ? 0 : (int64_t{1} << (bucket - 1)) / 1000;
}

std::string LatencyDistribution(const LatencyHistogram::Snapshot& latency) {
  std::array<int64_t, kLatencyClasses.size()> counts{};
  for (size_t bucket = 0; bucket < LatencyHistogram::kBuckets; ++bucket) {
    size_t at = 0;
    while (LowerBoundMs(bucket) >= kLatencyClasses[at].below_ms) ++at;
    counts[at] += latency.counts[bucket];
  }
  std::string text;
  for (size_t i = 0; i < counts.size(); ++i) {
    text += fmt::format("{}:{} ", kLatencyClasses[i].name, counts[i]);
  }
  return text;
}

int64_t LongestMs(const LatencyHistogram::Snapshot& latency) {
  int64_t longest = 0;
  for (size_t bucket = 0; bucket < LatencyHistogram::kBuckets; ++bucket) {
    if (latency.counts[bucket] > 0) longest = LowerBoundMs(bucket);
  }
  return longest;
}

// In milliseconds: the bound below which this share of all puts was.
double LatencyAt(const LatencyHistogram::Snapshot& latency, double share) {
  auto wanted = static_cast<int64_t>(share * static_cast<double>(latency.count));
  int64_t seen = 0;
  for (size_t bucket = 0; bucket < LatencyHistogram::kBuckets; ++bucket) {
    seen += latency.counts[bucket];
    if (latency.count > 0 && seen > wanted)
      return LatencyHistogram::UpperBoundSeconds(bucket) * 1e3;
  }
  return 0;
}

std::string RunningTime(int64_t duration_ms) {
  int64_t seconds = std::max<int64_t>(duration_ms, 0) / 1000;
  return fmt::format("[ {} days, {} hours, {} minutes, {} seconds ]", seconds / 86'400,
                     seconds % 86'400 / 3600, seconds % 3600 / 60, seconds % 60);
}

void AddStore(const RuntimeFigures& figures, KvTable* table) {
  const StoreStats& store = figures.store;
  std::string used = fmt::format("{:.4f}", store.disk.used_ratio());
  std::string log = figures.commit_log_directory;
  if (log.empty()) log = figures.store_directory + "/commitlog";
  KvTable& info = *table;
  info["commitLogMinOffset"] = std::to_string(store.log_min_offset);
  info["commitLogMaxOffset"] = std::to_string(store.log_end_offset);
  info["commitLogDiskRatio"] = used;
  info["commitLogDiskRatio_" + log] = used;
  info["consumeQueueDiskRatio"] = used;
  info["commitLogDirCapacity"] =
      fmt::format("Total : {}, Free : {}.", ReadableBytes(store.disk.total_bytes),
                  ReadableBytes(store.disk.free_bytes));
  info["dispatchBehindBytes"] = std::to_string(store.dispatch_lag_bytes);
  info["earliestMessageTimeStamp"] = std::to_string(figures.earliest_message_ms);
  info["remainHowManyDataToFlush"] =
      ReadableBytes(std::max<int64_t>(store.log_end_offset - store.durable_end_offset, 0));
  int64_t messages = std::max<int64_t>(store.messages, 1);
  info["putMessageTimesTotal"] = std::to_string(messages);
  info["putMessageFailedTimes"] = std::to_string(store.refused);
  info["putMessageSizeTotal"] = std::to_string(store.message_bytes);
  info["putMessageAverageSize"] = fmt::format(
      "{:.1f}", static_cast<double>(store.message_bytes) / static_cast<double>(messages));
  info["putMessageEntireTimeMax"] = std::to_string(LongestMs(store.append));
  info["putMessageDistributeTime"] = LatencyDistribution(store.append);
  info["putLatency99"] = fmt::format("{:.2f}", LatencyAt(store.append, 0.99));
  info["putLatency999"] = fmt::format("{:.2f}", LatencyAt(store.append, 0.999));
}

void AddTraffic(const BrokerStats& stats, KvTable* table) {
  using Rate = BrokerStats::Rate;
  KvTable& info = *table;
  info["putTps"] = stats.RateText(Rate::kPut);
  info["getFoundTps"] = stats.RateText(Rate::kGetFound);
  info["getMissTps"] = stats.RateText(Rate::kGetMiss);
  info["getTotalTps"] = stats.RateText(Rate::kGetTotal);
  info["getTransferedTps"] = stats.RateText(Rate::kTransferred);   // up to 4.x
  info["getTransferredTps"] = stats.RateText(Rate::kTransferred);  // since 5.0
  BrokerStats::Totals put = stats.PutTotals();
  info["msgPutTotalYesterdayMorning"] = std::to_string(put.yesterday_morning);
  info["msgPutTotalTodayMorning"] = std::to_string(put.today_morning);
  info["msgPutTotalTodayNow"] = std::to_string(put.now);
  BrokerStats::Totals get = stats.GetTotals();
  info["msgGetTotalYesterdayMorning"] = std::to_string(get.yesterday_morning);
  info["msgGetTotalTodayMorning"] = std::to_string(get.today_morning);
  info["msgGetTotalTodayNow"] = std::to_string(get.now);
}

void AddConstants(KvTable* table) {
  const std::pair<const char*, const char*> kPools[] = {{"send", "10000"},
                                                        {"pull", "100000"},
                                                        {"litePull", "100000"},
                                                        {"query", "20000"},
                                                        {"ack", "100000"}};
  KvTable& info = *table;
  for (const auto& [pool, capacity] : kPools) {
    std::string name = std::string(pool) + "ThreadPoolQueue";
    info[name + "Size"] = "0";
    info[name + "Capacity"] = capacity;
    info[name + "HeadWaitTimeMills"] = "0";
  }
  info["EndTransactionQueueSize"] = "0";
  info["EndTransactionThreadPoolQueueCapacity"] = "100000";
  info["brokerActive"] = "true";
  info["dispatchMaxBuffer"] = "0";
  info["getMessageEntireTimeMax"] = "0";
  info["pageCacheLockTimeMills"] = "0";
  info["remainTransientStoreBufferNumbs"] = "2147483647";
  info["startAcceptSendRequestTimeStamp"] = "0";
  info["timerCongestNum"] = "0";
  info["timerDequeueTps"] = "0.0";
  info["timerEnqueueTps"] = "0.0";
  info["timerOffsetBehind"] = "0";
  info["timerReadBehind"] = "0";
}

}  // namespace

std::string ReadableBytes(int64_t bytes) {
  if (bytes < 1024) return std::to_string(bytes) + " B";
  constexpr std::string_view kUnits = "KMGTPE";
  auto value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  while (value >= 1024 && unit + 1 < kUnits.size()) {
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}iB", value, kUnits[unit]);
}

KvTable RuntimeInfo(const RuntimeFigures& figures, const BrokerStats& stats) {
  KvTable info;
  info["brokerVersionDesc"] = "RewindMQ";
  info["brokerVersion"] = std::to_string(protocol::kOwnVersion);
  info["bootTimestamp"] = std::to_string(figures.started_ms);
  info["runtime"] = RunningTime(figures.now_ms - figures.started_ms);
  AddStore(figures, &info);
  AddTraffic(stats, &info);
  AddConstants(&info);
  return info;
}

}  // namespace rewindmq::broker
