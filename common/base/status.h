#pragma once
// Errors as values. A function that can fail returns Status, or Result<T> when it has a value to
// give; the caller must look at it. Success costs one null pointer.
// Thread safety: like std::string, one writer or many readers.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace rewindmq {

enum class ErrorCode : uint8_t {
  kOk,
  kInvalidArgument,    // the caller's input is wrong; repeating it cannot help
  kNotFound,           // what was named does not exist
  kPermissionDenied,   // the peer or the file system refuses this caller
  kConflict,           // somebody changed it meanwhile: read again, then decide
  kUnavailable,        // the peer cannot be reached now; later may work
  kTimeout,            // no answer in time: the outcome is unknown
  kCancelled,          // the caller gave up
  kResourceExhausted,  // a limit or a disk is full
  kCorruption,         // stored or received bytes are not what they claim to be
  kIo,                 // the operating system reports an input/output error
  kUnsupported,        // valid, but not served by this peer or version
  kRejected,           // the peer answered with a response code other than success
  kInternal,           // a bug, or an error that nobody classified
};

// The name without its k, for example "NotFound".
std::string_view ErrorCodeName(ErrorCode code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(ErrorCode code, std::string message);

  static Status Ok() { return {}; }
  // A remoting peer's answer other than success: its response code and remark.
  static Status Rejected(int32_t response_code, std::string remark);
  // The last system call's errno, in words, behind `what` ("open /x/y").
  static Status FromErrno(std::string_view what, int error_number);

  bool ok() const { return state_ == nullptr; }
  ErrorCode code() const { return ok() ? ErrorCode::kOk : state_->code; }
  const std::string& message() const;
  // The peer's response code when code() is kRejected, otherwise 0.
  int32_t response_code() const { return ok() ? 0 : state_->response_code; }
  // "NotFound: message", or "Ok".
  std::string ToString() const;
  // The same error with `context` and ": " before its message.
  Status WithContext(std::string_view context) const;

 private:
  struct State {
    ErrorCode code;
    int32_t response_code;
    std::string message;
  };
  std::shared_ptr<const State> state_;
};

// A value, or the Status that says why there is none. value() without a value ends the process.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}          // NOLINT(google-explicit-constructor)
  Result(Status status) : status_(std::move(status)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& value() & { return value_.value(); }
  const T& value() const& { return value_.value(); }
  T&& value() && { return std::move(value_).value(); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  // By value, so that `for (auto& x : *Load())` does not walk over what has been destroyed.
  T operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  Status status_;
  std::optional<T> value_;
};

}  // namespace rewindmq

// Returns from the enclosing function when the expression's Status is an error.
#define REWIND_TRY(expression)                                                  \
  do {                                                                          \
    if (::rewindmq::Status rewind_status_ = (expression); !rewind_status_.ok()) \
      return rewind_status_;                                                    \
  } while (false)

#define REWIND_CONCAT_INNER(a, b) a##b
#define REWIND_CONCAT(a, b) REWIND_CONCAT_INNER(a, b)
// Assigns a Result's value, or returns its Status from the enclosing function.
#define REWIND_TRY_ASSIGN(target, expression) \
  REWIND_TRY_ASSIGN_IMPL(REWIND_CONCAT(rewind_result_, __LINE__), target, expression)
#define REWIND_TRY_ASSIGN_IMPL(result, target, expression) \
  auto result = (expression);                              \
  if (!result.ok()) return result.status();                \
  target = std::move(result).value()
