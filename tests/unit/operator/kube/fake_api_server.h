#pragma once
// A plain HTTP server on a free loopback port whose answers the test writes byte by byte, so that
// it can split, cut and withhold them. One thread per connection.

#include <atomic>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rewindmq::kube {

class FakeApiServer {
 public:
  struct Request {
    std::string method;
    std::string target;
    std::map<std::string, std::string> headers;  // names in lower case
    std::string body;
    int connection = 0;  // counted from 1
  };

  class Connection {
   public:
    explicit Connection(int fd) : fd_(fd) {}
    // False when the client has gone.
    bool Send(std::string_view bytes) const;
    bool SendReply(int status, const std::string& body, const std::string& headers = "") const;
    bool SendChunkedHead() const;
    bool SendChunk(std::string_view data) const;
    bool SendLastChunk() const { return Send("0\r\n\r\n"); }
    // Waits until the client closes the connection, or the server is destroyed.
    void WaitForClose() const;

   private:
    int fd_;
  };

  // Returns whether the connection stays open for another request.
  using Handler = std::function<bool(const Request&, const Connection&)>;

  explicit FakeApiServer(Handler handler);
  ~FakeApiServer();

  std::string url() const;
  int port() const { return port_; }
  std::vector<Request> requests() const;
  int connections_closed() const { return closed_; }
  // False when they have not come within ten seconds.
  bool WaitForRequests(size_t count);

 private:
  void Accept();
  void Serve(int fd, int number);
  bool ReadRequest(int fd, std::string* buffer, Request* request) const;

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> closed_{0};
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::vector<Request> requests_;
  std::vector<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace rewindmq::kube
