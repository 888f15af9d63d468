#pragma once
// The bearer token of a request: none, one that never changes, or one in a file that the kubelet
// replaces before it expires. The file is read again each minute, and at once when the server
// refuses the token. A file that cannot be read for a moment leaves the last token in use.
// Thread safety: every call may come from any thread.

#include <mutex>
#include <string>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "operator/kube/config.h"

namespace rewindmq::kube {

class TokenSource {
 public:
  static constexpr int64_t kReadAgainAfterMs = 60'000;

  // `clock` outlives this object.
  TokenSource(const ClusterConfig& config, const Clock& clock);

  // The token to send; empty: send none. An error when a token file has never been readable.
  Result<std::string> Get();
  // The server refused `refused` (401). True: there is another token now, worth another try.
  bool Replaced(const std::string& refused);

 private:
  Status ReadLocked();

  const std::string file_;
  const Clock& clock_;
  std::mutex mutex_;
  std::string token_;
  bool read_ = false;
  int64_t read_at_ms_ = 0;
};

}  // namespace rewindmq::kube
