#pragma once
// A value that may change while others read it: an option that is set at run time. It reads and
// copies like the plain value; a read costs as much as one. Thread safety: any thread.

#include <atomic>
#include <concepts>

namespace rewindmq {

template <typename T>
class Live {
 public:
  Live() = default;
  // Of no other type, so that an expression of this and a wider number has one meaning.
  template <std::same_as<T> Value>
  Live(Value value) : value_(value) {}  // NOLINT(google-explicit-constructor)
  Live(const Live& other) : value_(other.get()) {}
  Live& operator=(const Live& other) {
    set(other.get());
    return *this;
  }
  Live& operator=(T value) {
    set(value);
    return *this;
  }

  T get() const { return value_.load(std::memory_order_relaxed); }
  void set(T value) { value_.store(value, std::memory_order_relaxed); }
  operator T() const { return get(); }  // NOLINT(google-explicit-constructor)

 private:
  std::atomic<T> value_{};
};

}  // namespace rewindmq
