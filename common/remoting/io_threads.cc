#include "common/remoting/io_threads.h"

#include <algorithm>
#include <asio/post.hpp>
#include <future>

#include "common/base/thread_name.h"

namespace rewindmq::remoting {

IoThreads::IoThreads(size_t count, const std::string& name) {
  for (size_t i = 0; i < std::max<size_t>(count, 1); ++i) {
    // One thread runs the loop, but any thread may post to it.
    loops_.push_back(std::make_unique<asio::io_context>());
    guards_.emplace_back(loops_.back()->get_executor());
  }
  for (auto& loop : loops_) {
    threads_.emplace_back([&loop = *loop, name] {
      NameThisThread(name);
      loop.run();
    });
  }
}

IoThreads::~IoThreads() { Stop(); }

asio::io_context& IoThreads::Next() { return *loops_[next_++ % loops_.size()]; }

void IoThreads::Drain() {
  if (guards_.empty()) return;
  for (auto& loop : loops_) {
    std::promise<void> reached;
    asio::post(*loop, [&reached] { reached.set_value(); });
    reached.get_future().wait();
  }
}

void IoThreads::Stop() {
  guards_.clear();
  for (auto& loop : loops_) loop->stop();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

}  // namespace rewindmq::remoting
