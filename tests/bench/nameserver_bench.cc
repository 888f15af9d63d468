// Measures the nameserver from a request's frame to its answer's frame, in processor time of the
// one thread that does everything: `hack/bench nameserver`. Nothing is asserted; a figure is
// printed with the goal it is held against.

#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "common/base/log.h"
#include "common/base/temporary_folder.h"
#include "common/protocol/register_broker.h"
#include "nameserver/handlers.h"

namespace {

using rewindmq::nameserver::Request;
using rewindmq::nameserver::State;
namespace ns = rewindmq::nameserver;
namespace protocol = rewindmq::protocol;

constexpr int kTopics = 10'000;
constexpr int kBrokers = 8;
constexpr int kRounds = 9;
constexpr int kLookups = 20'000;
constexpr double kRegistrationGoalMs = 50;
constexpr double kLookupGoalUs = 50;

double ThreadCpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

void Show(const char* what, double value, const char* unit, double goal) {
  std::printf("%-66s %9.2f %-3s goal <= %.0f %s\n", what, value, unit, goal, unit);
  std::fflush(stdout);
}

[[noreturn]] void Fail(const std::string& why) {
  std::fprintf(stderr, "nameserver_bench: %s\n", why.c_str());
  std::exit(1);
}

std::string TopicName(int i) { return "orders-of-the-shop-" + std::to_string(i); }

protocol::RegisterBrokerBody Body(int64_t version) {
  protocol::RegisterBrokerBody body;
  body.topic_config_table.data_version = {version, version, 0};
  for (int i = 0; i < kTopics; ++i) {
    protocol::TopicConfig config;
    config.topic_name = TopicName(i);
    config.read_queue_nums = config.write_queue_nums = 8;
    body.topic_config_table.topics[config.topic_name] = config;
  }
  return body;
}

protocol::Outgoing Registration(int broker, int64_t version, bool compressed) {
  std::string name = "broker-" + std::to_string(broker);
  std::string address = "10.0.0." + std::to_string(broker) + ":10911";
  auto request = protocol::MakeRequest(protocol::kRegisterBroker)
                     .With("brokerName", name)
                     .With("brokerAddr", address)
                     .With("clusterName", "DefaultCluster")
                     .With("brokerId", 0)
                     .With("haServerAddr", address)
                     .With("compressed", compressed ? "true" : "false");
  request.body = compressed ? protocol::EncodeCompressedRegisterBrokerBody(Body(version))
                            : protocol::EncodeRegisterBrokerBody(Body(version));
  return request;
}

class Bench {
 public:
  Bench()
      : folder_(*rewindmq::TemporaryFolder::Make()),
        state_{{}, *ns::KvConfig::Load(folder_.path() + "/kv.json"), ns::RouteTable(), &clock_} {}

  // Processor seconds from frame to frame.
  double Handle(const std::string& frame) {
    std::string bytes = frame.substr(protocol::kFrameLengthBytes);
    double begin = ThreadCpuSeconds();
    protocol::Command command;
    if (!protocol::DecodeCommand(bytes.data(), bytes.size(), &command).ok()) Fail("bad frame");
    protocol::Outgoing response = handlers_.at(command.code)(&state_, Request{command, 1});
    std::string answer;
    protocol::AppendFrame(response, &answer);
    double passed = ThreadCpuSeconds() - begin;
    if (response.code != protocol::kSuccess) Fail(response.remark);
    return passed;
  }
  double Handle(const protocol::Outgoing& request) {
    std::string frame;
    protocol::AppendFrame(request, &frame);
    return Handle(frame);
  }

  void Registrations(const char* form, bool compressed) {
    std::vector<double> changed;
    std::vector<double> unchanged;
    for (int round = 0; round < kRounds; ++round) {
      auto request = Registration(0, ++version_, compressed);
      changed.push_back(Handle(request));
      unchanged.push_back(Handle(request));
    }
    ShowRegistration(form, "changed", changed);
    ShowRegistration(form, "unchanged", unchanged);
  }

  void Lookups(int32_t client_version, const char* form) {
    std::vector<std::string> frames;
    for (int i = 0; i < 1000; ++i) {
      auto request = protocol::MakeRequest(protocol::kGetRouteInfoByTopic)
                         .With("topic", TopicName(i * (kTopics / 1000)));
      request.version = client_version;
      std::string frame;
      protocol::AppendFrame(request, &frame);
      frames.push_back(std::move(frame));
    }
    double total = 0;
    for (int i = 0; i < kLookups; ++i) total += Handle(frames[static_cast<size_t>(i) % 1000]);
    std::string what =
        std::string("route of a topic at ") + std::to_string(brokers_) + " broker(s), " + form;
    Show(what.c_str(), total / kLookups * 1e6, "us", kLookupGoalUs);
  }

  void AddBrokers() {
    for (; brokers_ < kBrokers; ++brokers_) Handle(Registration(brokers_, ++version_, false));
  }

 private:
  static void ShowRegistration(const char* form, const char* kind, std::vector<double> seconds) {
    std::sort(seconds.begin(), seconds.end());
    std::string what = "registration of " + std::to_string(kTopics) + " topics, " + form + ", " +
                       kind + " (median)";
    Show(what.c_str(), seconds[seconds.size() / 2] * 1e3, "ms", kRegistrationGoalMs);
    std::string worst = "  the slowest of " + std::to_string(kRounds);
    Show(worst.c_str(), seconds.back() * 1e3, "ms", kRegistrationGoalMs);
  }

  rewindmq::TemporaryFolder folder_;
  rewindmq::FakeClock clock_{1'700'000'000'000};
  ns::HandlerTable handlers_ = ns::AllHandlers();
  State state_;
  int64_t version_ = 0;
  int brokers_ = 1;
};

}  // namespace

int main() {
  spdlog::set_level(spdlog::level::warn);
  Bench bench;
  bench.Registrations("JSON", /*compressed=*/false);
  bench.Registrations("compressed", /*compressed=*/true);
  bench.Lookups(protocol::kVersion4_9_4 - 1, "bare keys");
  bench.Lookups(protocol::kVersion4_9_4, "quoted keys");
  bench.AddBrokers();
  bench.Lookups(protocol::kVersion4_9_4, "quoted keys");
  return 0;
}
