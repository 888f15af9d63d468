#include "common/base/time_format.h"

#include <cstdio>
#include <ctime>

#include "common/base/parse.h"

namespace rewindmq {
namespace {

// A two- or four-digit field at `at`, or -1.
int Digits(std::string_view text, size_t at, size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (char c : text.substr(at, count)) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

struct Fields {
  std::tm tm{};
  bool ok = false;
};

// "yyyy?MM?dd?HH?mm?ss" with the five separators given; nothing about what follows.
Fields ReadFields(std::string_view text, std::string_view separators) {
  Fields fields;
  int parts[6] = {Digits(text, 0, 4),  Digits(text, 5, 2),  Digits(text, 8, 2),
                  Digits(text, 11, 2), Digits(text, 14, 2), Digits(text, 17, 2)};
  constexpr size_t kSeparatorAt[5] = {4, 7, 10, 13, 16};
  for (size_t i = 0; i < 5; ++i) {
    if (text.size() <= kSeparatorAt[i] || text[kSeparatorAt[i]] != separators[i]) return fields;
  }
  for (int part : parts) {
    if (part < 0) return fields;
  }
  fields.tm.tm_year = parts[0] - 1900;
  fields.tm.tm_mon = parts[1] - 1;
  fields.tm.tm_mday = parts[2];
  fields.tm.tm_hour = parts[3];
  fields.tm.tm_min = parts[4];
  fields.tm.tm_sec = parts[5];
  std::tm check = fields.tm;
  timegm(&check);
  // timegm turns February 30 into March 2: such a date is refused, not corrected.
  fields.ok = check.tm_mday == fields.tm.tm_mday && check.tm_mon == fields.tm.tm_mon &&
              parts[3] < 24 && parts[4] < 60 && parts[5] < 60;
  return fields;
}

Status BadTime(std::string_view text) {
  return {ErrorCode::kInvalidArgument, "'" + std::string(text) +
                                           "' is not a time; write it like 2026-01-02T03:04:05Z "
                                           "or 2026-01-02T03:04:05.678+08:00"};
}

}  // namespace

std::string FormatRfc3339(int64_t wall_ms, bool with_milliseconds) {
  int64_t seconds = wall_ms / 1000;
  int64_t millis = wall_ms % 1000;
  if (millis < 0) {
    millis += 1000;
    --seconds;
  }
  std::time_t when = seconds;
  std::tm tm{};
  gmtime_r(&when, &tm);
  char text[64];
  size_t length = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm);
  std::string out(text, length);
  if (with_milliseconds) {
    std::snprintf(text, sizeof text, ".%03d", static_cast<int>(millis));
    out += text;
  }
  return out + "Z";
}

Result<int64_t> ParseRfc3339(std::string_view text) {
  Fields fields = ReadFields(text, "--T::");
  if (!fields.ok) return BadTime(text);
  std::string_view rest = text.substr(19);
  int64_t millis = 0;
  if (!rest.empty() && rest[0] == '.') {
    size_t digits = 1;
    int64_t scale = 100;
    for (; digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9'; ++digits) {
      millis += (rest[digits] - '0') * scale;
      scale /= 10;
    }
    if (digits == 1) return BadTime(text);
    rest.remove_prefix(digits);
  }
  int64_t offset_minutes = 0;
  if (rest != "Z") {
    int hours = Digits(rest, 1, 2);
    int minutes = Digits(rest, 4, 2);
    bool well_formed = rest.size() == 6 && (rest[0] == '+' || rest[0] == '-') && rest[3] == ':' &&
                       hours >= 0 && hours < 24 && minutes >= 0 && minutes < 60;
    if (!well_formed) return BadTime(text);
    offset_minutes = (rest[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
  }
  return (static_cast<int64_t>(timegm(&fields.tm)) - offset_minutes * 60) * 1000 + millis;
}

Result<int64_t> ParseAdminTimestamp(std::string_view text, int64_t now_ms) {
  if (text == "now") return now_ms;
  if (Result<int64_t> number = ParseInt64(text, "timestamp"); number.ok()) return *number;
  Fields fields = ReadFields(text, "--#::");
  int millis = text.size() == 23 && text[19] == ':' ? Digits(text, 20, 3) : -1;
  if (!fields.ok || millis < 0) {
    return Status(ErrorCode::kInvalidArgument,
                  "'" + std::string(text) +
                      "' is not a timestamp; give milliseconds since 1970, now, or "
                      "yyyy-MM-dd#HH:mm:ss:SSS");
  }
  fields.tm.tm_isdst = -1;
  return static_cast<int64_t>(std::mktime(&fields.tm)) * 1000 + millis;
}

}  // namespace rewindmq
