#include "operator/kube/rest_client.h"

#include <algorithm>
#include <utility>

namespace rewindmq::kube {
namespace {

constexpr int kHttpUnauthorized = 401;
// Calls have deadlines of their own; this only bounds what a forgotten connection costs.
constexpr int64_t kCallInactivityMs = 60'000;
// Of an error's body that is not a Kubernetes Status, so much is repeated in the message.
constexpr size_t kForeignErrorBytes = 200;
constexpr size_t kErrorBodyLimitBytes = 1U << 20;
constexpr char kJson[] = "application/json";

bool IsSuccess(int http_status) { return http_status >= 200 && http_status < 300; }

ErrorCode CodeOf(int http_status) {
  switch (http_status) {
    case 400:
    case 422:
      return ErrorCode::kInvalidArgument;
    case kHttpUnauthorized:
    case 403:
      return ErrorCode::kPermissionDenied;
    case 404:
      return ErrorCode::kNotFound;
    case 409:
      return ErrorCode::kConflict;
    case 429:
      return ErrorCode::kResourceExhausted;
    default:
      return http_status >= 500 ? ErrorCode::kUnavailable : ErrorCode::kRejected;
  }
}

// The words of the API server's Status object, or the beginning of whatever else came.
std::string ErrorWords(int http_status, const std::string& body) {
  std::string words = "HTTP " + std::to_string(http_status);
  nlohmann::json parsed = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_object()) {
    auto message = parsed.find("message");
    if (message != parsed.end() && message->is_string()) {
      return words + ": " + message->get<std::string>();
    }
  }
  if (body.empty()) return words;
  std::string beginning = body.substr(0, kForeignErrorBytes);
  std::replace_if(
      beginning.begin(), beginning.end(), [](char c) { return c < ' ' || c > '~'; }, ' ');
  return words + ": " + beginning;
}

Status FromHttp(int http_status, const std::string& body) {
  std::string words = ErrorWords(http_status, body);
  ErrorCode code = CodeOf(http_status);
  if (code == ErrorCode::kRejected) return Status::Rejected(http_status, std::move(words));
  return {code, std::move(words)};
}

// Cuts chunks into lines, whatever the borders between chunks.
class LineCutter {
 public:
  LineCutter(size_t limit_bytes, const RestClient::OnLine& on_line)
      : limit_bytes_(limit_bytes), on_line_(on_line) {}

  bool Take(std::string_view chunk) {
    for (size_t end; (end = chunk.find('\n')) != std::string_view::npos;) {
      if (!Give(chunk.substr(0, end))) return false;
      chunk.remove_prefix(end + 1);
    }
    if (beginning_.size() + chunk.size() > limit_bytes_) return TooLong();
    beginning_.append(chunk);
    return true;
  }
  // A line was too long.
  bool failed() const { return failed_; }
  bool inside_line() const { return !beginning_.empty(); }

 private:
  bool TooLong() {
    failed_ = true;
    return false;
  }
  bool Give(std::string_view rest) {
    if (beginning_.size() + rest.size() > limit_bytes_) return TooLong();
    if (beginning_.empty()) return rest.empty() || on_line_(rest);
    beginning_.append(rest);
    std::string line = std::exchange(beginning_, {});
    return on_line_(line);
  }

  const size_t limit_bytes_;
  const RestClient::OnLine& on_line_;
  std::string beginning_;
  bool failed_ = false;
};

}  // namespace

// An answer as it arrives. What to do with the body is decided by its status.
struct RestClient::Answer {
  Status transport;  // how the transfer went
  HttpHead head;
  std::string body;  // an error's, or a success's when there is no `lines`
  size_t body_limit_bytes = kErrorBodyLimitBytes;
  bool body_too_long = false;
  LineCutter* lines = nullptr;

  bool TakeChunk(std::string_view chunk) {
    if (lines != nullptr && IsSuccess(head.status)) return lines->Take(chunk);
    size_t limit_bytes = IsSuccess(head.status) ? body_limit_bytes : kErrorBodyLimitBytes;
    body_too_long = chunk.size() > limit_bytes - body.size();
    if (body_too_long) return false;
    body.append(chunk);
    return true;
  }
};

RestClient::RestClient(const ClusterConfig& config, const Clock& clock,
                       const RestClientOptions& options, std::unique_ptr<HttpTransport> calls,
                       std::unique_ptr<HttpTransport> watches)
    : options_(options),
      token_(config, clock),
      calls_(std::move(calls)),
      watches_(std::move(watches)) {}

Result<std::unique_ptr<RestClient>> RestClient::Create(const ClusterConfig& config,
                                                       const Clock& clock,
                                                       const RestClientOptions& options) {
  REWIND_TRY_ASSIGN(auto calls, HttpTransport::Create(config, kCallInactivityMs));
  REWIND_TRY_ASSIGN(auto watches, HttpTransport::Create(config, options.watch_inactivity_ms));
  return std::unique_ptr<RestClient>(
      new RestClient(config, clock, options, std::move(calls), std::move(watches)));
}

void RestClient::SendWithToken(HttpTransport& transport, HttpRequest* request, int64_t deadline_ms,
                               const std::stop_token& stop, Answer* answer) {
  for (bool last_try = false;; last_try = true) {
    auto token = token_.Get();
    if (!token.ok()) {
      answer->transport = token.status();
      return;
    }
    request->bearer_token = *token;
    answer->head = {};
    answer->body.clear();
    HttpTransport::Receiver receiver;
    receiver.on_head = [answer](const HttpHead& head) {
      answer->head = head;
      return true;
    };
    receiver.on_chunk = [answer](std::string_view chunk) { return answer->TakeChunk(chunk); };
    answer->transport = transport.Send(*request, deadline_ms, stop, receiver);
    bool refused = answer->transport.ok() && answer->head.status == kHttpUnauthorized;
    if (!refused || last_try || !token_.Replaced(*token)) return;
  }
}

RestReply RestClient::Call(HttpRequest request, const CallOptions& call) {
  Answer answer;
  answer.body_limit_bytes = options_.body_limit_bytes;
  SendWithToken(*calls_, &request, call.deadline_ms, call.stop, &answer);
  std::string what = request.method + " " + request.target.substr(0, request.target.find('?'));

  RestReply reply;
  reply.http_status = answer.head.status;
  reply.retry_after_ms = answer.head.retry_after_ms;
  if (answer.body_too_long) {
    reply.status = {ErrorCode::kResourceExhausted, what + ": the answer is too long"};
  } else if (!answer.transport.ok()) {
    reply.http_status = 0;
    reply.status = answer.transport.WithContext(what);
  } else if (!IsSuccess(answer.head.status)) {
    reply.status = FromHttp(answer.head.status, answer.body).WithContext(what);
  } else if (!answer.body.empty()) {
    reply.body = nlohmann::json::parse(answer.body, nullptr, /*allow_exceptions=*/false);
    if (reply.body.is_discarded()) {
      reply.body = nullptr;
      reply.status = {ErrorCode::kCorruption, what + ": the answer is not JSON"};
    }
  }
  return reply;
}

RestReply RestClient::Get(const std::string& target, const CallOptions& call) {
  return Call({"GET", target, {}, {}, {}}, call);
}

RestReply RestClient::Post(const std::string& target, const nlohmann::json& body,
                           const CallOptions& call) {
  return Call({"POST", target, body.dump(), kJson, {}}, call);
}

RestReply RestClient::Put(const std::string& target, const nlohmann::json& body,
                          const CallOptions& call) {
  return Call({"PUT", target, body.dump(), kJson, {}}, call);
}

RestReply RestClient::Patch(const std::string& target, PatchType type, const nlohmann::json& body,
                            const CallOptions& call) {
  const char* content_type = type == PatchType::kMerge  ? "application/merge-patch+json"
                             : type == PatchType::kJson ? "application/json-patch+json"
                                                        : "application/apply-patch+yaml";
  return Call({"PATCH", target, body.dump(), content_type, {}}, call);
}

RestReply RestClient::Delete(const std::string& target, const nlohmann::json& options,
                             const CallOptions& call) {
  if (options.is_null()) return Call({"DELETE", target, {}, {}, {}}, call);
  return Call({"DELETE", target, options.dump(), kJson, {}}, call);
}

RestReply RestClient::Watch(const std::string& target, const std::stop_token& stop,
                            const OnLine& on_line) {
  LineCutter lines(options_.line_limit_bytes, on_line);
  Answer answer;
  answer.lines = &lines;
  HttpRequest request{"GET", target, {}, {}, {}};
  SendWithToken(*watches_, &request, /*deadline_ms=*/0, stop, &answer);

  RestReply reply;
  reply.http_status = answer.head.status;
  reply.retry_after_ms = answer.head.retry_after_ms;
  if (lines.failed()) {
    reply.status = {ErrorCode::kCorruption, "a line of the watch is longer than " +
                                                std::to_string(options_.line_limit_bytes) +
                                                " bytes"};
  } else if (!answer.transport.ok()) {
    reply.status = answer.transport.WithContext("the watch");
  } else if (!IsSuccess(answer.head.status)) {
    reply.status = FromHttp(answer.head.status, answer.body).WithContext("the watch");
  } else if (lines.inside_line()) {
    reply.status = {ErrorCode::kCorruption, "the watch ended inside a line"};
  }
  return reply;
}

std::string PercentEncode(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (char c : text) {
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                 c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded.push_back(c);
      continue;
    }
    auto byte = static_cast<unsigned char>(c);
    encoded.push_back('%');
    encoded.push_back(kHex[byte >> 4]);
    encoded.push_back(kHex[byte & 0xF]);
  }
  return encoded;
}

}  // namespace rewindmq::kube
