#include "broker/replay/replay_filter.h"

#include <algorithm>

#include "broker/filter/sql_parser.h"
#include "broker/pull/pull_hold.h"
#include "common/protocol/subscription.h"

namespace rewindmq::broker {
namespace {

ReplayFilterSpec Spec(std::string_view type, const std::string& expression,
                      std::string_view whose) {
  ReplayFilterSpec spec{std::string(type), expression, "everything"};
  if (type == protocol::kTagExpression) spec.words = "tag " + expression;
  if (type == protocol::kSql92Expression) spec.words = "sql " + expression;
  spec.words.append(whose);
  return spec;
}

bool WantsAll(const std::string& tags) { return tags.empty() || tags == "*"; }

ReplayFilterSpec OfSubscription(const protocol::SubscriptionData& subscription) {
  constexpr std::string_view kWhose = ", the group's subscription";
  bool by_sql = subscription.expression_type == protocol::kSql92Expression;
  if (by_sql) return Spec(protocol::kSql92Expression, subscription.sub_string, kWhose);
  bool all = subscription.class_filter_mode || WantsAll(subscription.sub_string);
  if (all) return Spec("", "", kWhose);
  return Spec(protocol::kTagExpression, subscription.sub_string, kWhose);
}

}  // namespace

ReplayFilterSpec ChooseReplayFilter(const protocol::ReplayOrder& order,
                                    const ConsumerTable& consumers,
                                    const ConsumerFilterTable& filters) {
  if (!order.sql.empty()) return Spec(protocol::kSql92Expression, order.sql, "");
  if (WantsAll(order.tag) && !order.tag.empty()) return Spec("", "", "");
  if (!order.tag.empty()) return Spec(protocol::kTagExpression, order.tag, "");
  ConsumerTable::Subscription subscription = consumers.FindSubscription(order.group, order.topic);
  if (subscription.data != nullptr) return OfSubscription(*subscription.data);
  if (std::optional<std::string> sql = filters.ExpressionOf(order.group, order.topic)) {
    return Spec(protocol::kSql92Expression, *sql, ", the group's last subscription");
  }
  return Spec("", "",
              subscription.group_online ? ", the group does not subscribe the topic"
                                        : ", the group's subscription is not known");
}

Result<ReplayFilter> ReplayFilter::Make(const ReplayFilterSpec& spec, const std::string& topic) {
  ReplayFilter filter;
  if (spec.type == protocol::kSql92Expression) {
    REWIND_TRY_ASSIGN(auto compiled, ParseSql(spec.expression));
    filter.sql_.emplace(compiled);
  } else if (spec.type == protocol::kTagExpression) {
    REWIND_TRY_ASSIGN(filter.tags_, protocol::MakeSubscription(topic, spec.expression, 0));
  }
  return filter;
}

bool ReplayFilter::MayPass(int64_t tags_code) const { return TagsMatch(tags_, tags_code); }

bool ReplayFilter::Passes(const store::Record& record) {
  if (sql_) return sql_->Matches(record.properties);
  return protocol::Matches(
      tags_, store::FindProperty(record.properties, store::kPropertyTags).value_or(""));
}

}  // namespace rewindmq::broker
