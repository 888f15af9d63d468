#pragma once
// What every fuzz target needs: a check that ends the process, so that libFuzzer keeps the input,
// and bytes in a block of exactly their size, so that AddressSanitizer sees a read past the end.
// Thread safety: a target runs in one thread.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string_view>

#define FUZZ_CHECK(condition)                                                             \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      std::abort();                                                                       \
    }                                                                                     \
  } while (false)

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace rewindmq::fuzz {

class ExactBytes {
 public:
  explicit ExactBytes(std::string_view bytes) : size_(bytes.size()), data_(new char[size_]) {
    if (size_ > 0) std::memcpy(data_.get(), bytes.data(), size_);
  }
  char* data() { return data_.get(); }
  size_t size() const { return size_; }
  std::string_view view() const { return {data_.get(), size_}; }

 private:
  size_t size_;
  std::unique_ptr<char[]> data_;
};

inline std::string_view ViewOf(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// An empty part lies within everything.
inline bool Within(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

// Takes a byte off the front; 0 when there is none.
inline uint8_t TakeByte(std::string_view* bytes) {
  if (bytes->empty()) return 0;
  auto first = static_cast<uint8_t>(bytes->front());
  bytes->remove_prefix(1);
  return first;
}

}  // namespace rewindmq::fuzz
