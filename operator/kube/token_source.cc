#include "operator/kube/token_source.h"

#include <spdlog/spdlog.h>

#include "common/base/file.h"
#include "common/base/parse.h"

namespace rewindmq::kube {
namespace {

constexpr size_t kTokenLimitBytes = 64U << 10;

}  // namespace

TokenSource::TokenSource(const ClusterConfig& config, const Clock& clock)
    : file_(config.token_file), clock_(clock), token_(config.token) {}

Status TokenSource::ReadLocked() {
  read_at_ms_ = clock_.SteadyMs();
  auto content = ReadFile(file_, kTokenLimitBytes);
  if (!content.ok()) return content.status().WithContext("the bearer token");
  std::string_view token = Trim(*content);
  if (token.empty()) return {ErrorCode::kInvalidArgument, "the token file " + file_ + " is empty"};
  // Anything else would let the file add header lines of its own.
  for (char c : token) {
    if (c <= ' ' || c > '~') {
      return {ErrorCode::kInvalidArgument, "the token file " + file_ + " holds no token"};
    }
  }
  token_ = token;
  read_ = true;
  return Status::Ok();
}

Result<std::string> TokenSource::Get() {
  std::lock_guard lock(mutex_);
  if (file_.empty()) return token_;
  if (!read_ || clock_.SteadyMs() - read_at_ms_ >= kReadAgainAfterMs) {
    Status status = ReadLocked();
    if (!status.ok() && !read_) return status;
    if (!status.ok()) spdlog::warn("{}; the previous token stays in use", status.message());
  }
  return token_;
}

bool TokenSource::Replaced(const std::string& refused) {
  std::lock_guard lock(mutex_);
  if (file_.empty()) return false;
  // Another thread may have read the new token already.
  if (read_ && token_ != refused) return true;
  Status status = ReadLocked();
  if (!status.ok()) spdlog::warn("{}", status.message());
  return token_ != refused;
}

}  // namespace rewindmq::kube
