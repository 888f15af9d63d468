#pragma once
// A broker's state as Prometheus' metric families: names, help texts and types; base units, seconds
// and bytes. Counters count from the start of the process.
// Thread safety: pure functions.

#include <prometheus/metric_family.h>

#include <cstdint>
#include <string>
#include <vector>

#include "broker/store/store_stats.h"

namespace rewindmq::broker {

// What is read at a scrape, and only then: nothing is counted a second time for metrics.
struct MetricsReading {
  std::string version;
  std::string cluster_name;
  std::string broker_name;
  int64_t started_ms = 0;  // wall
  store::StoreStats store;
  size_t consumer_groups = 0;  // that somebody is connected for
  size_t consumers = 0;
  size_t producer_groups = 0;
  size_t producers = 0;
};

std::vector<prometheus::MetricFamily> FamiliesOf(const MetricsReading& reading);

}  // namespace rewindmq::broker
