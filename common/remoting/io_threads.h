#pragma once
// The event loops of a process: one io_context and one thread each. A connection lives on one loop
// for its whole life, so its state needs no lock.

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace rewindmq::remoting {

class IoThreads {
 public:
  // Starts `count` threads (at least one) with this name.
  explicit IoThreads(size_t count, const std::string& name = "io");
  // Stops and joins.
  ~IoThreads();
  IoThreads(const IoThreads&) = delete;
  IoThreads& operator=(const IoThreads&) = delete;

  // The loops in turn; for spreading connections. Any thread.
  asio::io_context& Next();
  asio::io_context& First() { return *loops_[0]; }
  size_t size() const { return loops_.size(); }
  // Waits until everything posted to any loop before this call has run. Not from a loop's own
  // thread; returns at once after Stop.
  void Drain();
  // Ends every loop after its current handler and joins the threads. Not from a loop's own thread.
  void Stop();

 private:
  using Guard = asio::executor_work_guard<asio::io_context::executor_type>;

  std::vector<std::unique_ptr<asio::io_context>> loops_;
  std::vector<Guard> guards_;
  std::vector<std::thread> threads_;
  std::atomic<size_t> next_{0};
};

}  // namespace rewindmq::remoting
