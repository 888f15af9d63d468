#pragma once
// The selectors that consumer groups filter by (ConsumerFilterManager): compiled once for each
// group, topic and version of the subscription, and kept for a day after the group has gone, over
// restarts too, in config/consumerFilter.json. Java's bloom bits are not written: Java then takes
// the filters anew from the next heartbeats. Thread safety: any thread. Times: wall, milliseconds.

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "broker/filter/sql_expression.h"
#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/base/status.h"
#include "common/protocol/heartbeat.h"

namespace rewindmq::broker {

// One group's selector of one topic, as in the file (ConsumerFilterData).
struct ConsumerFilter {
  std::string expression;
  std::string expression_type;
  int64_t born_ms = 0;
  int64_t dead_ms = 0;  // 0: the group is online
  int64_t client_version = 0;
  std::shared_ptr<const SqlExpression> compiled;  // null: could not be compiled
};

// topic -> group -> selector
using ConsumerFilters =
    std::map<std::string, std::map<std::string, ConsumerFilter, std::less<>>, std::less<>>;

// Java's form of the file; decoding compiles, and leaves out what does not compile.
std::string EncodeConsumerFilters(const ConsumerFilters& filters);
Result<ConsumerFilters> DecodeConsumerFilters(std::string_view text);

class ConsumerFilterTable {
 public:
  // A file that cannot be read is put aside: heartbeats bring the filters back. A selector is
  // forgotten `keep_ms` after its group was last seen (filterDataCleanTimeSpan).
  static std::unique_ptr<ConsumerFilterTable> Load(std::string path, int64_t keep_ms,
                                                   const Clock* clock,
                                                   FileSystem& files = RealFileSystem());

  // A heartbeat's subscriptions, all of the group; those by tags are none of this table.
  void Register(const std::string& group,
                const std::vector<protocol::SubscriptionData>& subscriptions);
  // The group has no member any more.
  void Unregister(std::string_view group);

  struct Found {
    std::shared_ptr<const SqlExpression> compiled;
    int64_t client_version = 0;
  };
  // Empty when there is none, or none that compiles.
  std::optional<Found> Find(std::string_view group, std::string_view topic) const;
  // Its text, also while the group is away; empty when there is none that compiles.
  std::optional<std::string> ExpressionOf(std::string_view group, std::string_view topic) const;
  // For a pull that brings its selector along; the last ones are remembered.
  Result<std::shared_ptr<const SqlExpression>> Compile(std::string_view expression);

  // Forgets what has been dead for long, and writes what has changed.
  Status Persist();

 private:
  ConsumerFilterTable(std::string path, int64_t keep_ms, const Clock* clock, FileSystem* files)
      : path_(std::move(path)), keep_ms_(keep_ms), clock_(clock), files_(files) {}
  void RegisterOne(const std::string& group, const protocol::SubscriptionData& subscription);
  void ForgetDead();

  const std::string path_;
  const int64_t keep_ms_;
  const Clock* const clock_;
  FileSystem* const files_;
  mutable std::mutex mutex_;
  ConsumerFilters filters_;  // guarded by mutex_
  bool dirty_ = false;       // guarded by mutex_
  std::mutex cache_mutex_;
  // guarded by cache_mutex_
  std::map<std::string, std::shared_ptr<const SqlExpression>, std::less<>> cache_;
};

}  // namespace rewindmq::broker
