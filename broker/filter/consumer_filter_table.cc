#include "broker/filter/consumer_filter_table.h"

#include <algorithm>

#include "broker/filter/sql_parser.h"
#include "common/base/log.h"
#include "common/base/metadata_file.h"

namespace rewindmq::broker {

using protocol::SubscriptionData;

namespace {

constexpr size_t kMaxCachedExpressions = 128;

bool IsByTags(const SubscriptionData& subscription) {
  return subscription.expression_type.empty() ||
         subscription.expression_type == protocol::kTagExpression;
}

// Null, and logged, for what cannot be compiled.
std::shared_ptr<const SqlExpression> CompileOrNull(const std::string& group,
                                                   const SubscriptionData& subscription) {
  if (subscription.expression_type != protocol::kSql92Expression) {
    spdlog::warn("group {} filters topic {} by unknown {}", group, subscription.topic,
                 subscription.expression_type);
    return nullptr;
  }
  auto compiled = ParseSql(subscription.sub_string);
  if (compiled.ok()) return *compiled;
  spdlog::warn("filter of group {} on topic {} does not compile: {}", group, subscription.topic,
               compiled.status().message());
  return nullptr;
}

}  // namespace

std::unique_ptr<ConsumerFilterTable> ConsumerFilterTable::Load(std::string path, int64_t keep_ms,
                                                               const Clock* clock,
                                                               FileSystem& files) {
  std::unique_ptr<ConsumerFilterTable> table(new ConsumerFilterTable(path, keep_ms, clock, &files));
  auto loaded = LoadMetadataFile<ConsumerFilters>(files, path, DecodeConsumerFilters);
  if (loaded.ok()) {
    table->filters_ = std::move(*loaded);
  } else if (loaded.status().code() != ErrorCode::kNotFound) {
    spdlog::error("{}; consumers' next heartbeats bring their filters back",
                  loaded.status().message());
    KeepDamaged(files, path);
  }
  int64_t now = clock->WallMs();
  for (auto& [topic, groups] : table->filters_) {
    for (auto& [group, filter] : groups) {
      if (filter.dead_ms == 0) filter.dead_ms = now;
    }
  }
  return table;
}

void ConsumerFilterTable::RegisterOne(const std::string& group,
                                      const SubscriptionData& subscription) {
  auto& groups = filters_[subscription.topic];
  auto it = groups.find(group);
  if (it != groups.end()) {
    ConsumerFilter& old = it->second;
    // An older client of the group must not take the filter back.
    if (subscription.sub_version < old.client_version) return;
    bool same = old.expression == subscription.sub_string &&
                old.expression_type == subscription.expression_type;
    if (same || subscription.sub_version == old.client_version) {
      if (old.dead_ms == 0 && old.client_version == subscription.sub_version) return;
      old.client_version = subscription.sub_version;
      old.dead_ms = 0;
      dirty_ = true;
      return;
    }
  }
  dirty_ = true;
  auto compiled = CompileOrNull(group, subscription);
  if (compiled == nullptr) {
    if (it != groups.end()) groups.erase(it);
    return;
  }
  groups[group] = {subscription.sub_string,  subscription.expression_type, clock_->WallMs(), 0,
                   subscription.sub_version, std::move(compiled)};
}

void ConsumerFilterTable::Register(const std::string& group,
                                   const std::vector<SubscriptionData>& subscriptions) {
  std::lock_guard lock(mutex_);
  for (const SubscriptionData& one : subscriptions) {
    if (!IsByTags(one) && !one.sub_string.empty()) RegisterOne(group, one);
  }
  for (auto& [topic, groups] : filters_) {
    auto it = groups.find(group);
    if (it == groups.end() || it->second.dead_ms != 0) continue;
    bool subscribed =
        std::any_of(subscriptions.begin(), subscriptions.end(),
                    [&, &name = topic](const auto& one) { return one.topic == name; });
    if (subscribed) continue;
    it->second.dead_ms = clock_->WallMs();
    dirty_ = true;
  }
}

void ConsumerFilterTable::Unregister(std::string_view group) {
  std::lock_guard lock(mutex_);
  for (auto& [topic, groups] : filters_) {
    auto it = groups.find(group);
    if (it == groups.end() || it->second.dead_ms != 0) continue;
    it->second.dead_ms = clock_->WallMs();
    dirty_ = true;
  }
}

std::optional<ConsumerFilterTable::Found> ConsumerFilterTable::Find(std::string_view group,
                                                                    std::string_view topic) const {
  std::lock_guard lock(mutex_);
  auto groups = filters_.find(topic);
  if (groups == filters_.end()) return std::nullopt;
  auto it = groups->second.find(group);
  if (it == groups->second.end()) return std::nullopt;
  return Found{it->second.compiled, it->second.client_version};
}

std::optional<std::string> ConsumerFilterTable::ExpressionOf(std::string_view group,
                                                             std::string_view topic) const {
  std::lock_guard lock(mutex_);
  auto groups = filters_.find(topic);
  if (groups == filters_.end()) return std::nullopt;
  auto it = groups->second.find(group);
  if (it == groups->second.end() || it->second.compiled == nullptr) return std::nullopt;
  return it->second.expression;
}

Result<std::shared_ptr<const SqlExpression>> ConsumerFilterTable::Compile(
    std::string_view expression) {
  {
    std::lock_guard lock(cache_mutex_);
    auto it = cache_.find(expression);
    if (it != cache_.end()) return it->second;
  }
  auto compiled = ParseSql(expression);
  if (!compiled.ok()) return compiled;
  std::lock_guard lock(cache_mutex_);
  if (cache_.size() >= kMaxCachedExpressions) cache_.clear();
  cache_.emplace(expression, *compiled);
  return compiled;
}

void ConsumerFilterTable::ForgetDead() {
  int64_t now = clock_->WallMs();
  for (auto topic = filters_.begin(); topic != filters_.end();) {
    size_t gone = std::erase_if(topic->second, [&](const auto& one) {
      return one.second.dead_ms != 0 && now - one.second.dead_ms >= keep_ms_;
    });
    if (gone > 0) dirty_ = true;
    topic = topic->second.empty() ? filters_.erase(topic) : std::next(topic);
  }
}

Status ConsumerFilterTable::Persist() {
  std::string text;
  {
    std::lock_guard lock(mutex_);
    ForgetDead();
    if (!dirty_) return Status::Ok();
    text = EncodeConsumerFilters(filters_);
    dirty_ = false;
  }
  Status written = SaveMetadataFile(*files_, path_, text);
  if (!written.ok()) {
    std::lock_guard lock(mutex_);
    dirty_ = true;
  }
  return written;
}

}  // namespace rewindmq::broker
