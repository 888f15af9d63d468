#include "broker/metrics/families.h"

#include <limits>

namespace rewindmq::broker {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

class FamilyList {
 public:
  // Every number that a double holds exactly is far beyond what is counted here.
  template <typename T>
  void Gauge(const char* name, const char* help, T value) {
    ClientMetric metric;
    metric.gauge.value = static_cast<double>(value);
    Add(name, help, MetricType::Gauge, std::move(metric));
  }
  void Counter(const char* name, const char* help, int64_t value) {
    ClientMetric metric;
    metric.counter.value = static_cast<double>(value);
    Add(name, help, MetricType::Counter, std::move(metric));
  }
  void Histogram(const char* name, const char* help, const LatencyHistogram::Snapshot& snapshot) {
    ClientMetric metric;
    metric.histogram.sample_count = static_cast<uint64_t>(snapshot.count);
    metric.histogram.sample_sum = static_cast<double>(snapshot.sum_ns) * 1e-9;
    uint64_t cumulative = 0;
    for (size_t i = 0; i < LatencyHistogram::kBuckets; ++i) {
      cumulative += static_cast<uint64_t>(snapshot.counts[i]);
      bool last = i + 1 == LatencyHistogram::kBuckets;
      metric.histogram.bucket.push_back({cumulative, last
                                                         ? std::numeric_limits<double>::infinity()
                                                         : LatencyHistogram::UpperBoundSeconds(i)});
    }
    Add(name, help, MetricType::Histogram, std::move(metric));
  }
  void Info(const char* name, const char* help, std::vector<ClientMetric::Label> labels) {
    ClientMetric metric;
    metric.label = std::move(labels);
    metric.gauge.value = 1;
    Add(name, help, MetricType::Gauge, std::move(metric));
  }

  std::vector<MetricFamily> Take() { return std::move(families_); }

 private:
  void Add(const char* name, const char* help, MetricType type, ClientMetric metric) {
    MetricFamily family;
    family.name = name;
    family.help = help;
    family.type = type;
    family.metric.push_back(std::move(metric));
    families_.push_back(std::move(family));
  }

  std::vector<MetricFamily> families_;
};

void AddBroker(const MetricsReading& reading, FamilyList* to) {
  to->Info("rewindmq_build_info", "Always 1; the labels say which broker of which version this is.",
           {{"version", reading.version},
            {"cluster", reading.cluster_name},
            {"broker", reading.broker_name}});
  to->Gauge("rewindmq_start_time_seconds", "Unix time of the broker's start.",
            static_cast<double>(reading.started_ms) / 1000);
  to->Gauge("rewindmq_consumer_groups", "Consumer groups with a connected member.",
            reading.consumer_groups);
  to->Gauge("rewindmq_consumers", "Connected members of all consumer groups.", reading.consumers);
  to->Gauge("rewindmq_producer_groups", "Producer groups with a connected member.",
            reading.producer_groups);
  to->Gauge("rewindmq_producers", "Connected members of all producer groups.", reading.producers);
}

void AddWork(const store::StoreStats& stats, FamilyList* to) {
  to->Histogram("rewindmq_store_append_seconds",
                "Time to store one message or batch, without the wait for the disk.", stats.append);
  to->Histogram("rewindmq_store_flush_seconds", "Time of one sync of the commit log to the disk.",
                stats.flush);
  to->Counter("rewindmq_store_messages_total", "Messages stored.", stats.messages);
  to->Counter("rewindmq_store_message_bytes_total", "Bytes of the stored messages' records.",
              stats.message_bytes);
  to->Counter("rewindmq_store_refused_total", "Messages or batches that the store refused.",
              stats.refused);
}

void AddFiles(const store::StoreStats& stats, FamilyList* to) {
  to->Gauge("rewindmq_store_log_min_offset_bytes",
            "Physical offset of the first byte of the commit log that is still kept.",
            stats.log_min_offset);
  to->Gauge("rewindmq_store_log_end_offset_bytes",
            "Physical offset behind the last record of the commit log.", stats.log_end_offset);
  to->Gauge("rewindmq_store_log_durable_offset_bytes",
            "Physical offset up to which the commit log survives power loss.",
            stats.durable_end_offset);
  to->Gauge("rewindmq_store_log_segments", "Files of the commit log.", stats.log_segments);
  to->Gauge("rewindmq_store_queues", "Consume queues.", stats.queues);
  to->Counter("rewindmq_store_deleted_segments_total",
              "Files of the commit log deleted by age or for want of space.",
              stats.deleted_segments);
  to->Gauge("rewindmq_store_disk_size_bytes", "Size of the file system that holds the store.",
            stats.disk.total_bytes);
  to->Gauge("rewindmq_store_disk_free_bytes", "Free space of the file system that holds the store.",
            stats.disk.free_bytes);
  to->Gauge("rewindmq_store_disk_full", "1 while messages are refused because the disk is full.",
            stats.disk_full ? 1 : 0);
  to->Gauge("rewindmq_store_dispatch_lag_bytes",
            "Bytes of the commit log that the message index does not cover yet.",
            stats.dispatch_lag_bytes);
}

void AddDamage(const store::StoreStats& stats, FamilyList* to) {
  to->Gauge("rewindmq_store_recovery_clean",
            "1 when the stop before this start was a clean one, 0 after a crash.",
            stats.recovery.was_closed ? 1 : 0);
  to->Gauge("rewindmq_store_recovery_duration_seconds", "Time that recovery took at the start.",
            static_cast<double>(stats.recovery.duration_ms) / 1000);
  to->Gauge("rewindmq_store_recovery_scanned_bytes",
            "Bytes of the commit log that recovery read at the start.",
            stats.recovery.scanned_bytes);
  to->Gauge("rewindmq_store_recovery_records", "Records that recovery read at the start.",
            stats.recovery.records);
  to->Gauge("rewindmq_store_quarantined_ranges",
            "Ranges of the commit log that hold no usable records.", stats.quarantined_ranges);
  to->Gauge("rewindmq_store_quarantined_bytes", "Bytes of the quarantined ranges.",
            stats.quarantined_bytes);
  to->Counter("rewindmq_store_damaged_reads_total",
              "Records that failed their check when a consumer was to get them.",
              stats.damaged_reads);
}

}  // namespace

std::vector<MetricFamily> FamiliesOf(const MetricsReading& reading) {
  FamilyList families;
  AddBroker(reading, &families);
  AddWork(reading.store, &families);
  AddFiles(reading.store, &families);
  AddDamage(reading.store, &families);
  return families.Take();
}

}  // namespace rewindmq::broker
