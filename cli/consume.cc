#include "cli/consume.h"

#include <algorithm>
#include <iostream>
#include <utility>
#include <vector>

#include "cli/control.h"
#include "client/routes.h"
#include "common/base/clock.h"
#include "common/base/stop_signal.h"

namespace rewindmq::cli {

void Consume::AddOptions(CLI::App* app) {
  app->add_option("-n,--namesrvAddr", name_servers_, "nameservers, like 'a:9876;b:9876'")
      ->envname("NAMESRV_ADDR")
      ->required();
  app->add_option("-t,--topic", topic_, "the topic")->required();
  app->add_option("-g,--group", group_, "the consumer group")->required();
  app->add_option("--tags", tags_, "'*' or 'TagA || TagB'")->capture_default_str();
  app->add_option("--from", from_, "where a new group begins: first or last")
      ->check(CLI::IsMember({"first", "last"}))
      ->capture_default_str();
  app->add_option("--expect", expect_, "end when so many messages have come; fail if they do not")
      ->check(CLI::Range(int64_t{1}, INT64_MAX));
  app->add_option("--timeout-ms", timeout_ms_, "how long to wait for them")
      ->check(CLI::Range(int64_t{1}, INT64_MAX))
      ->capture_default_str();
  app->add_flag("--control", control_,
                "take commands on stdin, one a line: count, wait N, quiet MS, reset, commit, "
                "queues, quit; each is answered by one line on stdout");
}

Result<std::unique_ptr<client::PushConsumer>> Consume::StartConsumer(MessageCounter* counter) {
  client::PushConsumerOptions options;
  options.group = group_;
  REWIND_TRY_ASSIGN(options.name_servers, client::ParseNameServers(name_servers_));
  options.subscriptions = {{topic_, tags_}};
  options.from_where = from_ == "first" ? protocol::ConsumeFromWhere::kFirstOffset
                                        : protocol::ConsumeFromWhere::kLastOffset;
  return client::PushConsumer::Start(
      std::move(options), [counter](const std::vector<client::ReceivedMessage>& messages) {
        counter->Add(static_cast<int64_t>(messages.size()));
        return client::ConsumeOutcome::kDone;
      });
}

// Without those of the group's retry topic, which are nobody's concern here.
size_t Consume::QueueCount(const client::PushConsumer& consumer) const {
  auto names = consumer.AssignedQueueNames();
  return static_cast<size_t>(std::count_if(
      names.begin(), names.end(), [this](const auto& name) { return name.topic == topic_; }));
}

Status Consume::Run(std::ostream& out) {
  if (control_ && expect_ > 0) {
    return {ErrorCode::kInvalidArgument, "--control and --expect exclude each other"};
  }
  // Before any thread starts, and only where nothing else ends the program.
  std::unique_ptr<StopSignal> stop;
  if (!control_ && expect_ == 0) stop = std::make_unique<StopSignal>();
  MessageCounter counter;
  int64_t begin_ms = SystemClock().SteadyMs();
  REWIND_TRY_ASSIGN(auto consumer, StartConsumer(&counter));
  if (control_) {
    Control control(&counter,
                    {[&] { return consumer->CommitNow(); }, [&] { return QueueCount(*consumer); }},
                    timeout_ms_);
    control.Run(std::cin, out);
    consumer->Shutdown();
    return Status::Ok();
  }
  bool reached = true;
  if (expect_ > 0) {
    reached = counter.WaitFor(expect_, timeout_ms_);
  } else {
    std::cerr << "counting messages of " << topic_ << "; stop with Ctrl-C\n";
    stop->Wait();
  }
  int64_t elapsed_ms = SystemClock().SteadyMs() - begin_ms;
  consumer->Shutdown();
  out << counter.count() << " messages consumed in " << elapsed_ms << " ms\n";
  if (reached) return Status::Ok();
  return {ErrorCode::kTimeout, "only " + std::to_string(counter.count()) + " of " +
                                   std::to_string(expect_) + " messages came in " +
                                   std::to_string(timeout_ms_) + " ms"};
}

}  // namespace rewindmq::cli
