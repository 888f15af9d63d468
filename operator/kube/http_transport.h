#pragma once
// HTTP to one server, over TLS when its URL says https. This is the only door to cpprestsdk: no
// other file includes it, and none of its types or exceptions gets out. A request runs wholly on
// the caller's thread: the answer's head and body chunks are handed over there, and the server is
// not read from while the caller looks at a chunk, so memory stays bounded however slow the caller.
// Redirects are not followed. Only the configured CAs are trusted, not the system's besides.
// Thread safety: Send may be called from many threads at once.

#include <cstdint>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>

#include "common/base/status.h"
#include "operator/kube/config.h"

namespace rewindmq::kube {

// Call first in main, before other threads exist: limits cpprestsdk's threads (40 by default) and
// keeps OpenSSL from parsing the system's CA bundle anew for each connection.
void InitHttpRuntime();

struct HttpRequest {
  std::string method;  // "GET"
  std::string target;  // "/path?query", percent-encoded
  std::string body;
  std::string content_type;  // of the body; empty when there is none
  std::string bearer_token;
};

struct HttpHead {
  int status = 0;
  int64_t retry_after_ms = 0;  // as the server asked, else 0
};

class HttpTransport {
 public:
  // Both return false to give the answer up; Send then returns kCancelled.
  struct Receiver {
    std::function<bool(const HttpHead&)> on_head;
    std::function<bool(std::string_view)> on_chunk;
  };

  // `inactivity_ms`: a connection that stays silent so long is given up (kTimeout).
  // kInvalidArgument: the URL or a certificate cannot be used.
  static Result<std::unique_ptr<HttpTransport>> Create(const ClusterConfig& config,
                                                       int64_t inactivity_ms);
  ~HttpTransport();
  HttpTransport(const HttpTransport&) = delete;
  HttpTransport& operator=(const HttpTransport&) = delete;

  // Ok: the answer arrived whole, whatever its status. kTimeout: no activity, or `deadline_ms` (0:
  // none) have passed; kCancelled: by `stop` or the receiver; kUnavailable: everything else, with
  // the library's words. After an error the request may have been carried out all the same.
  // A request that died because the server had closed the idle connection is sent once more.
  Status Send(const HttpRequest& request, int64_t deadline_ms, const std::stop_token& stop,
              const Receiver& receiver);

 private:
  struct Impl;
  explicit HttpTransport(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace rewindmq::kube
