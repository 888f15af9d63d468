#pragma once
// The Kubernetes API over HTTP: JSON requests with a deadline, and watches as a stream of lines.
// Statuses become error codes: 400 and 422 kInvalidArgument, 401 and 403 kPermissionDenied, 404
// kNotFound, 409 kConflict, 429 kResourceExhausted, 500 and above kUnavailable, the others (410
// among them) kRejected; always with the API server's own message. A connection that fails or
// stays silent is kUnavailable or kTimeout: then nobody knows whether a write was carried out.
// A refused bearer token (401) is read anew and the request sent again, once.
// Thread safety: every call may come from any thread. A call runs on the caller's thread.

#include <cstdint>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/status.h"
#include "operator/kube/config.h"
#include "operator/kube/http_transport.h"
#include "operator/kube/token_source.h"

namespace rewindmq::kube {

// What the server said, whether it is a success or not.
struct RestReply {
  Status status;
  int http_status = 0;         // 0: no answer came
  int64_t retry_after_ms = 0;  // as the server asked, else 0
  nlohmann::json body;         // of a success; null when there is none
};

struct CallOptions {
  int64_t deadline_ms = 10'000;  // for the whole answer
  std::stop_token stop;
};

struct RestClientOptions {
  // A watch that stays silent so long is ended. API servers send a bookmark each minute.
  int64_t watch_inactivity_ms = 150'000;
  // A watch line is one object; etcd stores none above 1.5 MiB, managed fields may double it.
  size_t line_limit_bytes = 8U << 20;
  size_t body_limit_bytes = 256U << 20;
};

class RestClient {
 public:
  enum class PatchType { kMerge, kJson, kApply };
  // False ends the watch with kCancelled.
  using OnLine = std::function<bool(std::string_view)>;

  // `clock` outlives the client. kInvalidArgument: the configuration cannot be used.
  static Result<std::unique_ptr<RestClient>> Create(const ClusterConfig& config, const Clock& clock,
                                                    const RestClientOptions& options = {});

  // `target` is "/path?query", percent-encoded (see PercentEncode).
  RestReply Get(const std::string& target, const CallOptions& call = {});
  RestReply Post(const std::string& target, const nlohmann::json& body,
                 const CallOptions& call = {});
  RestReply Put(const std::string& target, const nlohmann::json& body,
                const CallOptions& call = {});
  RestReply Patch(const std::string& target, PatchType type, const nlohmann::json& body,
                  const CallOptions& call = {});
  // `options` is null or a DeleteOptions object.
  RestReply Delete(const std::string& target, const nlohmann::json& options = nullptr,
                   const CallOptions& call = {});

  // Blocks until the stream ends, giving each whole line to `on_line` on this thread; the server
  // is not read from meanwhile. status Ok: the server ended it in the regular way. kCancelled: by
  // `stop`, at once, or by `on_line`. kTimeout: silence. kCorruption: a line that is too long, or
  // cut off by the end. http_status is 200 when the watch had begun.
  RestReply Watch(const std::string& target, const std::stop_token& stop, const OnLine& on_line);

 private:
  struct Answer;
  RestClient(const ClusterConfig& config, const Clock& clock, const RestClientOptions& options,
             std::unique_ptr<HttpTransport> calls, std::unique_ptr<HttpTransport> watches);

  RestReply Call(HttpRequest request, const CallOptions& call);
  // Sends with the present token, and a second time when a newer one is found after a 401.
  void SendWithToken(HttpTransport& transport, HttpRequest* request, int64_t deadline_ms,
                     const std::stop_token& stop, Answer* answer);

  const RestClientOptions options_;
  TokenSource token_;
  // The library's time-out belongs to the connection pool, so watches need one of their own.
  std::unique_ptr<HttpTransport> calls_;
  std::unique_ptr<HttpTransport> watches_;
};

// For one segment of a path or one value of a query.
std::string PercentEncode(std::string_view text);

}  // namespace rewindmq::kube
