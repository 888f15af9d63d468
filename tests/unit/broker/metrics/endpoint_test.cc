#include "broker/metrics/endpoint.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <asio/ip/tcp.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "broker/store/message_store.h"

namespace rewindmq::broker {
namespace {

using asio::ip::tcp;

// The body of an answer 200, or an empty one.
std::string HttpGet(int32_t port, const std::string& path) {
  tcp::iostream stream;
  stream.expires_after(std::chrono::seconds(10));
  stream.connect("127.0.0.1", std::to_string(port));
  stream << "GET " << path << " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
         << std::flush;
  std::stringstream answer;
  answer << stream.rdbuf();
  std::string text = answer.str();
  size_t body = text.find("\r\n\r\n");
  bool ok = text.starts_with("HTTP/1.1 200 ") && body != std::string::npos;
  return ok ? text.substr(body + 4) : "";
}

struct Metrics {
  std::map<std::string, std::string> types;  // by family
  std::set<std::string> helped;
  std::map<std::string, double> samples;  // by name and labels as written
};

// Of "x_bucket", "x_sum" or "x_count" that belongs to a histogram or summary x, else the name.
std::string FamilyOf(const Metrics& metrics, const std::string& name) {
  for (const char* suffix : {"_bucket", "_sum", "_count"}) {
    if (!name.ends_with(suffix)) continue;
    std::string base = name.substr(0, name.size() - std::string(suffix).size());
    if (metrics.types.count(base) > 0) return base;
  }
  return name;
}

// Fails the test at every line that is not in Prometheus' text format 0.0.4.
Metrics Parse(const std::string& text) {
  static const std::regex kHelp("# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) [A-Z0-9].*\\S");
  static const std::regex kType(
      "# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)");
  static const std::regex kSample(
      "([a-zA-Z_:][a-zA-Z0-9_:]*)(\\{[a-zA-Z_]\\w*=\"[^\"]*\"(,[a-zA-Z_]\\w*=\"[^\"]*\")*\\})?"
      " ([-+]?[0-9][-+.0-9eE]*|\\+Inf|Nan)");
  Metrics metrics;
  EXPECT_TRUE(text.ends_with("\n"));
  std::istringstream lines(text);
  std::smatch match;
  for (std::string line; std::getline(lines, line);) {
    if (std::regex_match(line, match, kHelp)) {
      metrics.helped.insert(match[1]);
    } else if (std::regex_match(line, match, kType)) {
      EXPECT_TRUE(metrics.types.emplace(match[1], match[2]).second) << "twice: " << line;
    } else if (std::regex_match(line, match, kSample)) {
      EXPECT_EQ(metrics.types.count(FamilyOf(metrics, match[1])), 1U) << "no type: " << line;
      std::string key = match[1].str() + match[2].str();
      EXPECT_TRUE(metrics.samples.emplace(key, std::stod(match[4])).second) << "twice: " << line;
    } else {
      ADD_FAILURE() << "not in Prometheus' format: '" << line << "'";
    }
  }
  return metrics;
}

class MetricsEndpointTest : public testing::Test {
 protected:
  MetricsEndpointTest() {
    char name[] = "/tmp/rewind-metrics-test-XXXXXX";
    directory_ = mkdtemp(name);
  }
  ~MetricsEndpointTest() override {
    endpoint_.reset();
    store_.reset();
    std::filesystem::remove_all(directory_);
  }

  void OpenStore() {
    store::StoreOptions options;
    options.root_directory = directory_;
    options.commit_log_segment_bytes = 1 << 20;
    auto opened = store::MessageStore::Open(options);
    ASSERT_TRUE(opened.ok()) << opened.status().ToString();
    store_ = std::move(*opened);
  }
  void Serve() {
    auto endpoint = MetricsEndpoint::Start("127.0.0.1", 0, [this] {
      MetricsReading reading;
      reading.version = "1.2.3";
      reading.cluster_name = "c";
      reading.broker_name = "b-0";
      reading.started_ms = 1'700'000'000'500;
      reading.store = store_->Stats();
      reading.consumer_groups = 2;
      reading.consumers = 5;
      reading.producer_groups = 1;
      reading.producers = 3;
      return reading;
    });
    ASSERT_TRUE(endpoint.ok()) << endpoint.status().ToString();
    endpoint_ = std::move(*endpoint);
  }
  Metrics Scrape() { return Parse(HttpGet(endpoint_->port(), "/metrics")); }

  bool Put(const std::string& topic, const std::string& body) {
    store::MessageToPut message;
    message.topic = topic;
    message.body = body;
    return store_->Put(message).ok();
  }

  void DamageLogAt(int64_t offset) {
    std::fstream log(directory_ + "/commitlog/00000000000000000000",
                     std::ios::in | std::ios::out | std::ios::binary);
    log.seekp(offset);
    log.put('\x55');
    ASSERT_TRUE(log.flush().good());
  }

  std::string directory_;
  std::unique_ptr<store::MessageStore> store_;
  std::unique_ptr<MetricsEndpoint> endpoint_;
};

TEST_F(MetricsEndpointTest, EveryFamilyHasTypeHelpAndAConventionalName) {
  OpenStore();
  Serve();
  Metrics metrics = Scrape();
  size_t own = 0;
  for (const auto& [name, type] : metrics.types) {
    EXPECT_EQ(metrics.helped.count(name), 1U) << name;
    if (!name.starts_with("rewindmq_")) continue;
    ++own;
    EXPECT_EQ(type == "counter", name.ends_with("_total")) << name;
    EXPECT_TRUE(type != "histogram" || name.ends_with("_seconds")) << name;
  }
  EXPECT_EQ(own, 28U);
  EXPECT_EQ(
      metrics.samples.at("rewindmq_build_info{version=\"1.2.3\",cluster=\"c\",broker=\"b-0\"}"), 1);
  EXPECT_EQ(metrics.samples.at("rewindmq_start_time_seconds"), 1'700'000'000.5);
  EXPECT_EQ(metrics.samples.at("rewindmq_consumer_groups"), 2);
  EXPECT_EQ(metrics.samples.at("rewindmq_consumers"), 5);
  EXPECT_EQ(metrics.samples.at("rewindmq_producer_groups"), 1);
  EXPECT_EQ(metrics.samples.at("rewindmq_producers"), 3);
  EXPECT_EQ(HttpGet(endpoint_->port(), "/"), "");
}

TEST_F(MetricsEndpointTest, ValuesFollowPutsAndRefusals) {
  OpenStore();
  Serve();
  Metrics before = Scrape();
  EXPECT_EQ(before.samples.at("rewindmq_store_messages_total"), 0);
  EXPECT_EQ(before.samples.at("rewindmq_store_append_seconds_count"), 0);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(Put("T", "body"));
  for (int i = 0; i < 3; ++i) ASSERT_FALSE(Put(std::string(300, 'T'), "body"));
  Metrics after = Scrape();
  auto& samples = after.samples;
  EXPECT_EQ(samples.at("rewindmq_store_messages_total"), 10);
  EXPECT_EQ(samples.at("rewindmq_store_refused_total"), 3);
  EXPECT_EQ(samples.at("rewindmq_store_message_bytes_total"),
            static_cast<double>(store_->MaxPhysicalOffset()));
  EXPECT_EQ(samples.at("rewindmq_store_log_end_offset_bytes"),
            static_cast<double>(store_->MaxPhysicalOffset()));
  EXPECT_EQ(samples.at("rewindmq_store_queues"), 1);
  EXPECT_EQ(samples.at("rewindmq_store_log_segments"), 1);
  EXPECT_EQ(samples.at("rewindmq_store_recovery_clean"), 1);
  EXPECT_EQ(samples.at("rewindmq_store_disk_full"), 0);
  EXPECT_GT(samples.at("rewindmq_store_disk_size_bytes"), 0);
  EXPECT_GE(samples.at("rewindmq_store_append_seconds_count"), 10);
}

TEST_F(MetricsEndpointTest, HistogramBucketsAreCumulativeSeconds) {
  LatencyHistogram latencies;
  for (int64_t micros : {1, 3, 3, 1'000, 40'000'000}) latencies.Observe(micros * 1000);
  MetricsReading reading;
  reading.store.append = latencies.Read();
  auto endpoint = MetricsEndpoint::Start("127.0.0.1", 0, [&] { return reading; });
  ASSERT_TRUE(endpoint.ok()) << endpoint.status().ToString();
  Metrics metrics = Parse(HttpGet((*endpoint)->port(), "/metrics"));
  auto bucket = [&](const char* bound) {
    return metrics.samples.at(std::string("rewindmq_store_append_seconds_bucket{le=\"") + bound +
                              "\"}");
  };
  EXPECT_EQ(bucket("1e-06"), 1);
  EXPECT_EQ(bucket("2e-06"), 1);
  EXPECT_EQ(bucket("4e-06"), 3);
  EXPECT_EQ(bucket("0.001024"), 4);
  EXPECT_EQ(bucket("16.777216"), 4);
  EXPECT_EQ(bucket("+Inf"), 5);
  EXPECT_EQ(metrics.samples.at("rewindmq_store_append_seconds_count"), 5);
  EXPECT_NEAR(metrics.samples.at("rewindmq_store_append_seconds_sum"), 40.001007, 1e-9);
}

TEST_F(MetricsEndpointTest, QuarantineAndDamagedReadsAreSeen) {
  OpenStore();
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(Put("T", "body"));
  int64_t record_bytes = store_->MaxPhysicalOffset() / 3;
  ASSERT_TRUE(store_->Close().ok());
  store_.reset();
  DamageLogAt(2 * record_bytes + 90);
  OpenStore();
  Serve();
  Metrics found = Scrape();
  EXPECT_EQ(found.samples.at("rewindmq_store_quarantined_ranges"), 1);
  EXPECT_EQ(found.samples.at("rewindmq_store_quarantined_bytes"),
            static_cast<double>(record_bytes));
  EXPECT_EQ(found.samples.at("rewindmq_store_damaged_reads_total"), 0);
  DamageLogAt(90);
  EXPECT_FALSE(store_->Get("T", 0, 0, 32, 1 << 20, {}).records.empty());
  Metrics read = Scrape();
  EXPECT_EQ(read.samples.at("rewindmq_store_quarantined_ranges"), 2);
  EXPECT_GE(read.samples.at("rewindmq_store_damaged_reads_total"), 1);
}

// CivetWeb alone takes two seconds to see that it shall stop, and so would every broker.
TEST_F(MetricsEndpointTest, StopsAtOnce) {
  auto endpoint = MetricsEndpoint::Start("127.0.0.1", 0, [] { return MetricsReading(); });
  ASSERT_TRUE(endpoint.ok()) << endpoint.status().ToString();
  auto begin = std::chrono::steady_clock::now();
  endpoint->reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1500));
}

TEST_F(MetricsEndpointTest, AUsedPortIsAnErrorThatNamesPortAndSetting) {
  asio::io_context loop;
  tcp::acceptor taken(loop, {asio::ip::make_address("127.0.0.1"), 0});
  std::string port = std::to_string(taken.local_endpoint().port());
  auto endpoint = MetricsEndpoint::Start("127.0.0.1", taken.local_endpoint().port(),
                                         [] { return MetricsReading(); });
  ASSERT_FALSE(endpoint.ok());
  EXPECT_EQ(endpoint.status().code(), ErrorCode::kUnavailable);
  for (const std::string& part :
       {port, std::string("metricsPromExporterPort"), std::string("Address already in use")}) {
    EXPECT_NE(endpoint.status().message().find(part), std::string::npos)
        << endpoint.status().message();
  }
}

TEST_F(MetricsEndpointTest, AHostThatIsNoAddressIsAnError) {
  auto endpoint = MetricsEndpoint::Start("not an address", 0, [] { return MetricsReading(); });
  ASSERT_FALSE(endpoint.ok());
  EXPECT_NE(endpoint.status().message().find("not an address"), std::string::npos);
}

}  // namespace
}  // namespace rewindmq::broker
