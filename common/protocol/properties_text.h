#pragma once
// Two textual forms of key-value pairs. A message's properties (MessageDecoder):
// key 0x01 value 0x02, repeated; writers of 4.9.2 to 5.1 leave the last 0x02 out. And the lines
// "key=value" of java.util.Properties, the body of the config requests 25, 26, 318 and 319. Pure.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::protocol {

inline constexpr char kPropertyNameEnd = 1;
inline constexpr char kPropertyEnd = 2;
// The length of the properties is a 16-bit number in the stored record.
inline constexpr size_t kMaxPropertiesBytes = 32767;

// The first value of key; it points into `properties`.
std::optional<std::string_view> FindProperty(std::string_view properties, std::string_view key);
// Pairs in their order. Pairs without a name, a value or a separator are left out, as Java does.
std::vector<std::pair<std::string_view, std::string_view>> ParseProperties(
    std::string_view properties);
std::string BuildProperties(const std::vector<std::pair<std::string, std::string>>& properties);
// Replaces the value of key, or appends the pair.
void SetProperty(std::string_view key, std::string_view value, std::string* properties);
// Removes every pair with this key; true when there was one.
bool RemoveProperty(std::string_view key, std::string* properties);

// "key=value\n" each, without escapes (MixAll.properties2String). Line breaks in a value become
// blanks, since one would forge the next line.
std::string EncodeJavaProperties(const std::map<std::string, std::string>& properties);
// Lines as java.util.Properties reads them: comments, '=' or ':' or blank between key and value,
// backslash escapes. A line may not be continued.
Result<std::map<std::string, std::string>> DecodeJavaProperties(std::string_view text);

}  // namespace rewindmq::protocol
