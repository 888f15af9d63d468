#include "client/client_id.h"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <unistd.h>

#include <chrono>
#include <random>

#include "common/base/bytes.h"

namespace rewindmq::client {
namespace {

std::string ToHex(std::string_view bytes) {
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string hex;
  for (char c : bytes) {
    auto byte = static_cast<uint8_t>(c);
    hex.push_back(kDigits[byte >> 4]);
    hex.push_back(kDigits[byte & 15]);
  }
  return hex;
}

// The text of one interface's address; empty for loopback, link-local and others.
std::string UsableAddress(const ifaddrs& entry) {
  if (entry.ifa_addr == nullptr || (entry.ifa_flags & IFF_LOOPBACK) != 0) return {};
  char text[INET6_ADDRSTRLEN] = {};
  if (entry.ifa_addr->sa_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(entry.ifa_addr);
    inet_ntop(AF_INET, &v4->sin_addr, text, sizeof text);
  } else if (entry.ifa_addr->sa_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(entry.ifa_addr);
    if (IN6_IS_ADDR_LINKLOCAL(&v6->sin6_addr)) return {};
    inet_ntop(AF_INET6, &v6->sin6_addr, text, sizeof text);
  }
  return text;
}

int64_t MonthStartMs(int64_t now_ms) {
  using std::chrono::floor;
  std::chrono::sys_time<std::chrono::milliseconds> now{std::chrono::milliseconds(now_ms)};
  std::chrono::year_month_day today{floor<std::chrono::days>(now)};
  std::chrono::sys_days first{today.year() / today.month() / 1};
  return std::chrono::duration_cast<std::chrono::milliseconds>(first.time_since_epoch()).count();
}

}  // namespace

std::string LocalAddress() {
  std::string found;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return "127.0.0.1";
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    std::string address = UsableAddress(*entry);
    if (address.empty()) continue;
    bool is_v4 = address.find(':') == std::string::npos;
    if (found.empty() || is_v4) found = address;
    if (is_v4) break;
  }
  freeifaddrs(list);
  return found.empty() ? "127.0.0.1" : found;
}

std::string MakeClientId() {
  static std::atomic<uint64_t> next{static_cast<uint64_t>(SystemClock().WallMs())};
  return LocalAddress() + "@" + std::to_string(getpid()) + "#" + std::to_string(next++);
}

UniqueIds::UniqueIds(const Clock* clock) : clock_(clock) {
  std::string address = LocalAddress();
  in_addr v4{};
  // A machine with IPv6 only is told apart by the random number alone.
  if (inet_pton(AF_INET, address.c_str(), &v4) != 1) v4.s_addr = 0;
  std::memcpy(prefix_.data(), &v4.s_addr, sizeof v4.s_addr);
  StoreBe(prefix_.data() + 4, static_cast<uint16_t>(getpid()));
  StoreBe(prefix_.data() + 6, static_cast<uint32_t>(std::random_device()()));
}

std::string UniqueIds::Next() {
  int64_t now_ms = clock_->WallMs();
  std::string bytes(reinterpret_cast<const char*>(prefix_.data()), prefix_.size());
  AppendBe(&bytes, static_cast<uint32_t>(now_ms - MonthStartMs(now_ms)));
  AppendBe(&bytes, counter_++);
  return ToHex(bytes);
}

}  // namespace rewindmq::client
