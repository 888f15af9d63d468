#pragma once
// What this broker's topics and groups did lately (BrokerStatsManager, BrokerStats,
// StoreStatsService), for the tools: 28 runtime info, 315 statsAll, 202 and 208 rates.
//
// The names are Java's: TOPIC_PUT_NUMS and TOPIC_PUT_SIZE with a topic as key, GROUP_GET_NUMS,
// GROUP_GET_SIZE and SNDBCK_PUT_NUMS with "topic@group", BROKER_PUT_NUMS and BROKER_GET_NUMS with
// the cluster's name. Sizes are those of stored records.
// Thread safety: On… and readers from any thread, Sample from one. On… cost some nanoseconds.

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "broker/stats/rate_series.h"
#include "broker/stats/traffic_table.h"
#include "common/base/clock.h"

namespace rewindmq::broker {

class BrokerStats {
 public:
  // `clock` outlives the object.
  BrokerStats(std::string cluster_name, const Clock* clock);

  // Messages of one topic were stored.
  void OnPut(std::string_view topic, int64_t messages, int64_t bytes);
  // A pull was answered; without messages it is a miss.
  void OnGet(std::string_view group, std::string_view topic, int64_t messages, int64_t bytes);
  // A consumer sent a message back to be retried.
  void OnSendBack(std::string_view group, std::string_view topic);
  void OnTopicDeleted(std::string_view topic);
  void OnGroupDeleted(std::string_view group);

  // Takes the readings that are due. Call it once a second.
  void Sample();

  struct Figures {
    int64_t sum = 0;
    double per_second = 0;
    double per_time = 0;  // of what one call added
  };
  struct Report {
    Figures minute;
    Figures hour;
    Figures day;
  };
  // Empty for a name that does not exist, and for a key that has had no traffic.
  std::optional<Report> Find(std::string_view name, std::string_view key) const;

  // In the last minute; 0 without traffic.
  double PutPerSecond(std::string_view topic) const;
  double GetPerSecond(std::string_view group, std::string_view topic) const;

  // "10s 60s 600s", as 28 shows them.
  enum class Rate : uint8_t { kPut, kGetFound, kGetMiss, kGetTotal, kTransferred };
  std::string RateText(Rate rate) const;

  // Messages of topics that are not the broker's own.
  struct Totals {
    int64_t yesterday_morning = 0;
    int64_t today_morning = 0;
    int64_t now = 0;
  };
  Totals PutTotals() const { return TotalsOf(puts_); }
  Totals GetTotals() const { return TotalsOf(gets_); }

 private:
  struct Daily {
    std::atomic<int64_t> users{0};  // without the broker's own topics
    std::atomic<int64_t> yesterday_morning{0};
    std::atomic<int64_t> today_morning{0};
  };
  static Totals TotalsOf(const Daily& daily) {
    return {daily.yesterday_morning, daily.today_morning, daily.users};
  }
  void RollDay(int64_t now_ms);

  const std::string cluster_name_;
  const Clock* const clock_;
  TrafficTable topic_puts_;
  TrafficTable group_gets_;
  TrafficTable send_backs_;
  TrafficTable whole_broker_;  // keys "put", "get", as groups of the cluster's name
  std::atomic<int64_t> put_messages_{0};
  std::atomic<int64_t> get_found_{0};
  std::atomic<int64_t> get_miss_{0};
  std::atomic<int64_t> got_messages_{0};
  Daily puts_;
  Daily gets_;
  RateSeries rates_;
  // Of the sampling thread: when the next reading of each kind is due (steady), and when the next
  // day begins (wall, by the machine's time zone).
  int64_t next_minute_ms_;
  int64_t next_hour_ms_;
  int64_t next_day_ms_;
  int64_t next_morning_ms_;
};

}  // namespace rewindmq::broker
