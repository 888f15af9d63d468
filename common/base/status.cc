#include "common/base/status.h"

#include <system_error>

namespace rewindmq {

std::string_view ErrorCodeName(ErrorCode code) {
  switch (code) {
    case ErrorCode::kOk:
      return "Ok";
    case ErrorCode::kInvalidArgument:
      return "InvalidArgument";
    case ErrorCode::kNotFound:
      return "NotFound";
    case ErrorCode::kPermissionDenied:
      return "PermissionDenied";
    case ErrorCode::kConflict:
      return "Conflict";
    case ErrorCode::kUnavailable:
      return "Unavailable";
    case ErrorCode::kTimeout:
      return "Timeout";
    case ErrorCode::kCancelled:
      return "Cancelled";
    case ErrorCode::kResourceExhausted:
      return "ResourceExhausted";
    case ErrorCode::kCorruption:
      return "Corruption";
    case ErrorCode::kIo:
      return "Io";
    case ErrorCode::kUnsupported:
      return "Unsupported";
    case ErrorCode::kRejected:
      return "Rejected";
    case ErrorCode::kInternal:
      return "Internal";
  }
  return "Unknown";
}

Status::Status(ErrorCode code, std::string message)
    : state_(code == ErrorCode::kOk
                 ? nullptr
                 : std::make_shared<const State>(State{code, 0, std::move(message)})) {}

Status Status::Rejected(int32_t response_code, std::string remark) {
  Status status;
  status.state_ =
      std::make_shared<const State>(State{ErrorCode::kRejected, response_code, std::move(remark)});
  return status;
}

Status Status::FromErrno(std::string_view what, int error_number) {
  ErrorCode code = ErrorCode::kIo;
  if (error_number == ENOENT) code = ErrorCode::kNotFound;
  if (error_number == EACCES || error_number == EPERM || error_number == EROFS) {
    code = ErrorCode::kPermissionDenied;
  }
  if (error_number == ENOSPC || error_number == EDQUOT || error_number == EMFILE) {
    code = ErrorCode::kResourceExhausted;
  }
  return {code, std::string(what) + ": " + std::generic_category().message(error_number)};
}

const std::string& Status::message() const {
  static const std::string kNone;
  return ok() ? kNone : state_->message;
}

std::string Status::ToString() const {
  if (ok()) return "Ok";
  std::string text(ErrorCodeName(code()));
  if (code() == ErrorCode::kRejected) text += " (code " + std::to_string(response_code()) + ")";
  return text + ": " + message();
}

Status Status::WithContext(std::string_view context) const {
  if (ok()) return *this;
  Status status;
  status.state_ = std::make_shared<const State>(
      State{state_->code, state_->response_code, std::string(context) + ": " + state_->message});
  return status;
}

}  // namespace rewindmq
