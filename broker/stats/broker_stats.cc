#include "broker/stats/broker_stats.h"

#include <charconv>
#include <ctime>

#include "common/protocol/topic_names.h"

namespace rewindmq::broker {
namespace {

constexpr int64_t kMinuteSampleMs = 10'000;
constexpr int64_t kHourSampleMs = 600'000;
constexpr int64_t kDaySampleMs = 3'600'000;
constexpr std::string_view kPut = "put";
constexpr std::string_view kGet = "get";
constexpr char kSeparator = '@';

enum Counter : size_t { kPutMessages, kGetFound, kGetMiss, kGotMessages };

int64_t NextMorningMs(int64_t wall_ms) {
  auto seconds = static_cast<std::time_t>(wall_ms / 1000);
  std::tm local{};
  if (::localtime_r(&seconds, &local) == nullptr) return wall_ms + 24 * kDaySampleMs;
  local.tm_sec = 0;
  local.tm_min = 0;
  local.tm_hour = 0;
  ++local.tm_mday;
  local.tm_isdst = -1;
  return static_cast<int64_t>(::mktime(&local)) * 1000;
}

// As Java prints a double: always with a decimal point.
std::string DoubleText(double value) {
  char digits[32];
  auto [end, error] = std::to_chars(digits, digits + sizeof digits, value);
  std::string text(digits, end);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

// What a name counts, and where.
struct Source {
  const TrafficTable* table = nullptr;
  std::string_view topic;
  std::string_view group;
  int64_t Traffic::*value = &Traffic::messages;
};

BrokerStats::Figures FiguresOf(const StatsWindow::Span& span, int64_t Traffic::*value) {
  BrokerStats::Figures figures;
  figures.sum = span.grown.*value;
  auto sum = static_cast<double>(figures.sum);
  if (span.duration_ms > 0) {
    figures.per_second = sum * 1000 / static_cast<double>(span.duration_ms);
  }
  if (span.grown.times > 0) figures.per_time = sum / static_cast<double>(span.grown.times);
  return figures;
}

}  // namespace

BrokerStats::BrokerStats(std::string cluster_name, const Clock* clock)
    : cluster_name_(std::move(cluster_name)),
      clock_(clock),
      next_minute_ms_(clock->SteadyMs()),
      next_hour_ms_(next_minute_ms_),
      next_day_ms_(next_minute_ms_),
      next_morning_ms_(NextMorningMs(clock->WallMs())) {}

void BrokerStats::OnPut(std::string_view topic, int64_t messages, int64_t bytes) {
  topic_puts_.Add(topic, {}, messages, bytes);
  put_messages_.fetch_add(messages, std::memory_order_relaxed);
  whole_broker_.Add(cluster_name_, kPut, messages, bytes);
  if (!protocol::IsSystemTopic(topic)) {
    puts_.users.fetch_add(messages, std::memory_order_relaxed);
  }
}

void BrokerStats::OnGet(std::string_view group, std::string_view topic, int64_t messages,
                        int64_t bytes) {
  if (messages == 0) {
    get_miss_.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  get_found_.fetch_add(1, std::memory_order_relaxed);
  got_messages_.fetch_add(messages, std::memory_order_relaxed);
  group_gets_.Add(topic, group, messages, bytes);
  whole_broker_.Add(cluster_name_, kGet, messages, bytes);
  if (!protocol::IsSystemTopic(topic)) {
    gets_.users.fetch_add(messages, std::memory_order_relaxed);
  }
}

void BrokerStats::OnSendBack(std::string_view group, std::string_view topic) {
  send_backs_.Add(topic, group, 1, 0);
}

void BrokerStats::OnTopicDeleted(std::string_view topic) {
  for (TrafficTable* table : {&topic_puts_, &group_gets_, &send_backs_}) table->RemoveTopic(topic);
}

void BrokerStats::OnGroupDeleted(std::string_view group) {
  for (TrafficTable* table : {&group_gets_, &send_backs_}) table->RemoveGroup(group);
}

void BrokerStats::RollDay(int64_t now_ms) {
  next_morning_ms_ = NextMorningMs(now_ms);
  for (Daily* daily : {&puts_, &gets_}) {
    daily->yesterday_morning = daily->today_morning.load();
    daily->today_morning = daily->users.load();
  }
}

void BrokerStats::Sample() {
  int64_t now_ms = clock_->SteadyMs();
  rates_.Add(now_ms, {put_messages_, get_found_, get_miss_, got_messages_});
  if (int64_t wall_ms = clock_->WallMs(); wall_ms >= next_morning_ms_) RollDay(wall_ms);
  struct Due {
    SamplePeriod period;
    int64_t* at_ms;
    int64_t every_ms;
  };
  for (auto [period, at_ms, every_ms] :
       {Due{SamplePeriod::kMinute, &next_minute_ms_, kMinuteSampleMs},
        Due{SamplePeriod::kHour, &next_hour_ms_, kHourSampleMs},
        Due{SamplePeriod::kDay, &next_day_ms_, kDaySampleMs}}) {
    if (now_ms < *at_ms) continue;
    // From the time that it was due, so that the readings do not drift apart.
    *at_ms = std::max(*at_ms + every_ms, now_ms + every_ms / 2);
    for (TrafficTable* table : {&topic_puts_, &group_gets_, &send_backs_, &whole_broker_}) {
      table->Sample(period, now_ms);
    }
  }
}

std::optional<BrokerStats::Report> BrokerStats::Find(std::string_view name,
                                                     std::string_view key) const {
  Source source;
  size_t at = key.rfind(kSeparator);
  if (name == "TOPIC_PUT_NUMS" || name == "TOPIC_PUT_SIZE") {
    source = {&topic_puts_, key, {}};
  } else if (name == "BROKER_PUT_NUMS" || name == "BROKER_GET_NUMS") {
    source = {&whole_broker_, key, name == "BROKER_PUT_NUMS" ? kPut : kGet};
  } else if (at == std::string_view::npos) {
    return std::nullopt;
  } else if (name == "GROUP_GET_NUMS" || name == "GROUP_GET_SIZE") {
    source = {&group_gets_, key.substr(0, at), key.substr(at + 1)};
  } else if (name == "SNDBCK_PUT_NUMS") {
    source = {&send_backs_, key.substr(0, at), key.substr(at + 1)};
  } else {
    return std::nullopt;
  }
  if (name == "TOPIC_PUT_SIZE" || name == "GROUP_GET_SIZE") source.value = &Traffic::bytes;
  Report report;
  for (auto [period, figures] :
       {std::pair(SamplePeriod::kMinute, &report.minute),
        std::pair(SamplePeriod::kHour, &report.hour), std::pair(SamplePeriod::kDay, &report.day)}) {
    auto span = source.table->Read(source.topic, source.group, period);
    if (!span) return std::nullopt;
    *figures = FiguresOf(*span, source.value);
  }
  return report;
}

double BrokerStats::PutPerSecond(std::string_view topic) const {
  auto span = topic_puts_.Read(topic, {}, SamplePeriod::kMinute);
  return span ? FiguresOf(*span, &Traffic::messages).per_second : 0;
}

double BrokerStats::GetPerSecond(std::string_view group, std::string_view topic) const {
  auto span = group_gets_.Read(topic, group, SamplePeriod::kMinute);
  return span ? FiguresOf(*span, &Traffic::messages).per_second : 0;
}

std::string BrokerStats::RateText(Rate rate) const {
  std::string text;
  for (size_t seconds : {10, 60, 600}) {
    double value = 0;
    switch (rate) {
      case Rate::kPut:
        value = rates_.PerSecond(kPutMessages, seconds);
        break;
      case Rate::kGetFound:
        value = rates_.PerSecond(kGetFound, seconds);
        break;
      case Rate::kGetMiss:
        value = rates_.PerSecond(kGetMiss, seconds);
        break;
      case Rate::kGetTotal:
        value = rates_.PerSecond({kGetFound, kGetMiss}, seconds);
        break;
      case Rate::kTransferred:
        value = rates_.PerSecond(kGotMessages, seconds);
        break;
    }
    if (!text.empty()) text += ' ';
    text += DoubleText(value);
  }
  return text;
}

}  // namespace rewindmq::broker
