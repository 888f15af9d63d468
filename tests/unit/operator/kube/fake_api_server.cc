#include "tests/unit/operator/kube/fake_api_server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace rewindmq::kube {

bool FakeApiServer::Connection::Send(std::string_view bytes) const {
  while (!bytes.empty()) {
    ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

bool FakeApiServer::Connection::SendReply(int status, const std::string& body,
                                          const std::string& headers) const {
  return Send("HTTP/1.1 " + std::to_string(status) +
              " Some Words\r\nContent-Length: " + std::to_string(body.size()) +
              "\r\nContent-Type: application/json\r\n" + headers + "\r\n" + body);
}

bool FakeApiServer::Connection::SendChunkedHead() const {
  return Send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
}

bool FakeApiServer::Connection::SendChunk(std::string_view data) const {
  std::ostringstream chunk;
  chunk << std::hex << data.size() << "\r\n" << data << "\r\n";
  return Send(chunk.str());
}

void FakeApiServer::Connection::WaitForClose() const {
  char byte;
  while (::recv(fd_, &byte, 1, 0) > 0) {
  }
}

FakeApiServer::FakeApiServer(Handler handler) : handler_(std::move(handler)) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (::bind(listener_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
      ::listen(listener_, 16) != 0 ||
      ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    std::abort();
  }
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { Accept(); });
}

FakeApiServer::~FakeApiServer() {
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  ::close(listener_);
  {
    std::lock_guard lock(mutex_);
    for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
}

std::string FakeApiServer::url() const { return "http://127.0.0.1:" + std::to_string(port_); }

std::vector<FakeApiServer::Request> FakeApiServer::requests() const {
  std::lock_guard lock(mutex_);
  return requests_;
}

bool FakeApiServer::WaitForRequests(size_t count) {
  std::unique_lock lock(mutex_);
  return arrived_.wait_for(lock, std::chrono::seconds(10),
                           [&] { return requests_.size() >= count; });
}

void FakeApiServer::Accept() {
  for (int number = 1;; ++number) {
    int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) return;
    int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    std::lock_guard lock(mutex_);
    open_.push_back(fd);
    threads_.emplace_back([this, fd, number] { Serve(fd, number); });
  }
}

void FakeApiServer::Serve(int fd, int number) {
  Connection connection(fd);
  std::string buffer;
  for (bool open = true; open;) {
    Request request;
    request.connection = number;
    if (!ReadRequest(fd, &buffer, &request)) break;
    {
      std::lock_guard lock(mutex_);
      requests_.push_back(request);
      arrived_.notify_all();
    }
    open = handler_(request, connection);
  }
  std::lock_guard lock(mutex_);
  open_.erase(std::find(open_.begin(), open_.end(), fd));
  ::close(fd);
  ++closed_;
}

bool FakeApiServer::ReadRequest(int fd, std::string* buffer, Request* request) const {
  size_t head_end = std::string::npos;
  size_t body_size = 0;
  for (;;) {
    if (head_end == std::string::npos) {
      head_end = buffer->find("\r\n\r\n");
      if (head_end != std::string::npos) {
        std::istringstream head(buffer->substr(0, head_end));
        std::string line;
        std::getline(head, line);
        std::istringstream(line) >> request->method >> request->target;
        while (std::getline(head, line)) {
          if (line.ends_with('\r')) line.pop_back();
          size_t colon = line.find(':');
          if (colon == std::string::npos) continue;
          std::string name = line.substr(0, colon);
          for (char& c : name) c = static_cast<char>(std::tolower(c));
          size_t value = line.find_first_not_of(' ', colon + 1);
          request->headers[name] = value == std::string::npos ? "" : line.substr(value);
        }
        auto length = request->headers.find("content-length");
        if (length != request->headers.end()) body_size = std::stoul(length->second);
      }
    }
    if (head_end != std::string::npos && buffer->size() >= head_end + 4 + body_size) {
      request->body = buffer->substr(head_end + 4, body_size);
      buffer->erase(0, head_end + 4 + body_size);
      return true;
    }
    char bytes[4096];
    ssize_t got = ::recv(fd, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    buffer->append(bytes, static_cast<size_t>(got));
  }
}

}  // namespace rewindmq::kube
