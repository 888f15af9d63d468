// live-load: puts a broker under load and reads back what it has stored. See README.md.

#include <sys/signalfd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <iostream>

#include "tests/live/load/drain.h"
#include "tests/live/load/produce.h"

namespace rewindmq::live {
namespace {

int StopFd() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_CLOEXEC);
}

int Run(int argc, char** argv) {
  CLI::App app("Load for the live tests of a broker");
  app.require_subcommand(1);
  ProduceOptions produce;
  CLI::App* produces = app.add_subcommand("produce", "send until SIGTERM or the end of stdin");
  produces->add_option("--address", produce.address)->required();
  produces->add_option("--topic", produce.topic)->required();
  produces->add_option("--history", produce.history_path)->required();
  produces->add_option("--queues", produce.queues);
  produces->add_option("--producers", produce.producers);
  produces->add_option("--first-producer", produce.first_producer);
  produces->add_option("--timeout-ms", produce.timeout_ms);
  produces->add_option("--size", produce.body_bytes);
  produces->add_option("--count", produce.max_messages);
  DrainOptions drain;
  CLI::App* drains = app.add_subcommand("drain", "read every queue from its first to its last");
  drains->add_option("--address", drain.address)->required();
  drains->add_option("--topic", drain.topic)->required();
  drains->add_option("--output", drain.output_path)->required();
  drains->add_option("--queues", drain.queues);
  CLI11_PARSE(app, argc, argv);
  int stop_fd = StopFd();
  Status done = produces->parsed() ? Produce(produce, stop_fd) : Drain(drain);
  if (done.ok()) return 0;
  std::cerr << "live-load: " << done.ToString() << "\n";
  return 1;
}

}  // namespace
}  // namespace rewindmq::live

int main(int argc, char** argv) { return rewindmq::live::Run(argc, argv); }
