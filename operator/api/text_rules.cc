#include "operator/api/text_rules.h"

#include <algorithm>
#include <string_view>

#include "common/base/time_format.h"

namespace rewindmq::api {
namespace {

constexpr int64_t kMsPerSecond = 1000;

bool IsAlnum(char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

bool IsRocketName(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return IsAlnum(c) || c == '%' || c == '|' || c == '_' || c == '-';
  });
}

bool IsHostPort(std::string_view text) {
  size_t colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0) return false;
  std::string_view host = text.substr(0, colon);
  std::string_view port = text.substr(colon + 1);
  bool digits = !port.empty() && port.size() <= 5 &&
                std::all_of(port.begin(), port.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!digits) return false;
  if (host.front() == '[' && host.back() == ']' && host.size() > 2) {
    host = host.substr(1, host.size() - 2);
    return std::all_of(host.begin(), host.end(), [](char c) {
      return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f') ||
             c == ':' || c == '.';
    });
  }
  return IsAlnum(host.front()) && IsAlnum(host.back()) &&
         std::all_of(host.begin(), host.end(),
                     [](char c) { return IsAlnum(c) || c == '-' || c == '.'; });
}

bool IsTime(std::string_view text) { return ParseRfc3339(text).ok(); }

bool IsAgo(std::string_view text) {
  if (text.size() < 2 || text.size() > 8 || text[0] < '1' || text[0] > '9') return false;
  std::string_view digits = text.substr(0, text.size() - 1);
  return std::string_view("smhd").find(text.back()) != std::string_view::npos &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool IsPlanHash(std::string_view text) {
  return text.size() == 16 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

constexpr std::string_view kRocketNameText = "letters, digits, '%', '|', '_' and '-'";

}  // namespace

const TextRule kTopicRule = {1, 127, IsRocketName, kRocketNameText};
const TextRule kGroupRule = {1, 255, IsRocketName, kRocketNameText};
const TextRule kHostPortRule = {1, 260, IsHostPort, "'host:port', like 'nameserver:9876'"};
const TextRule kTimeRule = {1, 40, IsTime, "a time like 2026-01-02T03:04:05Z"};
const TextRule kAgoRule = {1, 8, IsAgo, "a number and s, m, h or d, like '15m'"};
const TextRule kBrokerRule = {1, 127, nullptr, {}};
const TextRule kReferenceRule = {1, 63, nullptr, {}};
const TextRule kSecretRule = {1, 253, nullptr, {}};
const TextRule kHashRule = {16, 16, IsPlanHash, "16 hexadecimal digits"};
const TextRule kTagRule = {1, 1024, nullptr, {}};
const TextRule kSqlRule = {1, 4096, nullptr, {}};

int64_t AgoMs(const std::string& text) {
  int64_t seconds = 1;
  if (text.back() == 'm') seconds = 60;
  if (text.back() == 'h') seconds = 60 * 60;
  if (text.back() == 'd') seconds = 24 * 60 * 60;
  return std::stoll(text.substr(0, text.size() - 1)) * seconds * kMsPerSecond;
}

}  // namespace rewindmq::api
