#pragma once
// Message bodies that tell whose they are: every byte follows from producer, sequence number and
// size, so bytes of another message or connection are noticed wherever they are. pattern.py makes
// the same. Thread safety: pure functions.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rewindmq::live {

struct Origin {
  int32_t producer = 0;
  int64_t seq = 0;
};

inline constexpr size_t kMinBodyBytes = 64;

// "producer:seq:size|" over and over, and a CRC-32 in 8 hex digits at the end.
std::string MakeBody(const Origin& origin, size_t bytes);
// Empty unless all bytes are those that MakeBody gives.
std::optional<Origin> ReadBody(std::string_view body);

// The UNIQ_KEY property of the message: properties must not be another message's either.
std::string UniqueId(const Origin& origin);

}  // namespace rewindmq::live
