#pragma once
// Big-endian integers in byte strings, the order that RocketMQ uses on the wire and on disk, and a
// bounded reader for bytes that came from outside.
// Thread safety: none needed; everything here works on the caller's own bytes.

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>

namespace rewindmq {

template <typename T>
inline T LoadBe(const void* from) {
  static_assert(std::is_integral_v<T>);
  std::make_unsigned_t<T> raw;
  std::memcpy(&raw, from, sizeof raw);
  if constexpr (std::endian::native == std::endian::little && sizeof(T) > 1) {
    if constexpr (sizeof(T) == 2) raw = __builtin_bswap16(raw);
    if constexpr (sizeof(T) == 4) raw = __builtin_bswap32(raw);
    if constexpr (sizeof(T) == 8) raw = __builtin_bswap64(raw);
  }
  return static_cast<T>(raw);
}

template <typename T>
inline void StoreBe(void* to, T value) {
  T swapped = LoadBe<T>(&value);
  std::memcpy(to, &swapped, sizeof swapped);
}

template <typename T>
inline void AppendBe(std::string* out, T value) {
  char raw[sizeof(T)];
  StoreBe(raw, value);
  out->append(raw, sizeof raw);
}

// Reads front to back and never past the end: a read that does not fit returns zero or an empty
// view and makes ok() false for good, so a parser may check once at its end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

  template <typename T>
  T Read() {
    if (!Has(sizeof(T))) return 0;
    T value = LoadBe<T>(rest_.data());
    rest_.remove_prefix(sizeof(T));
    return value;
  }

  // A negative or too large length is an error, not a huge view.
  std::string_view ReadBytes(int64_t length) {
    if (length < 0 || !Has(static_cast<size_t>(length))) {
      ok_ = false;
      return {};
    }
    std::string_view bytes = rest_.substr(0, static_cast<size_t>(length));
    rest_.remove_prefix(bytes.size());
    return bytes;
  }

  bool ok() const { return ok_; }
  std::string_view rest() const { return rest_; }

 private:
  bool Has(size_t length) {
    if (!ok_ || rest_.size() < length) ok_ = false;
    return ok_;
  }

  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace rewindmq
