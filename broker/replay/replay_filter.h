#pragma once
// Which messages of the interval a replay delivers. A retry topic is read without any filter, so
// what the group does not want must not get there; and tags are compared themselves, not only their
// hashes as for a pull, since no client does it afterwards.
// Thread safety: one object a thread; ChooseReplayFilter may be called from any.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "broker/filter/consumer_filter_table.h"
#include "broker/filter/sql_matcher.h"
#include "broker/group/consumer_table.h"
#include "broker/store/record.h"
#include "common/protocol/heartbeat.h"
#include "common/protocol/replay.h"

namespace rewindmq::broker {

// As it is kept: a replay goes on with the filter it began with.
struct ReplayFilterSpec {
  std::string type;  // "TAG", "SQL92"; empty = everything
  std::string expression;
  std::string words;  // for people

  bool operator==(const ReplayFilterSpec&) const = default;
};

// The order's own, else that of the group's subscription when the broker knows it.
ReplayFilterSpec ChooseReplayFilter(const protocol::ReplayOrder& order,
                                    const ConsumerTable& consumers,
                                    const ConsumerFilterTable& filters);

class ReplayFilter {
 public:
  // kInvalidArgument says what is wrong with the expression.
  static Result<ReplayFilter> Make(const ReplayFilterSpec& spec, const std::string& topic);

  // By the hash in the queue, before the message is read; false is sure.
  bool MayPass(int64_t tags_code) const;
  bool Passes(const store::Record& record);

 private:
  protocol::SubscriptionData tags_;
  std::optional<SqlMatcher> sql_;
};

}  // namespace rewindmq::broker
