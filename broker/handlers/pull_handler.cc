#include "broker/handlers/pull_handler.h"

#include <algorithm>

#include "broker/filter/sql_matcher.h"
#include "common/protocol/subscription.h"
#include "common/protocol/topic_config.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {

using protocol::Command;
using protocol::MakeResponse;
using protocol::Outgoing;
using protocol::SubscriptionData;
using remoting::Responder;
using store::GetResult;
using store::GetStatus;

namespace {

int32_t CodeOf(GetStatus status, int64_t queue_offset) {
  switch (status) {
    case GetStatus::kFound:
      return protocol::kSuccess;
    case GetStatus::kMessageWasRemoving:
    case GetStatus::kNoMatchedMessage:
      return protocol::kPullRetryImmediately;
    case GetStatus::kOffsetFoundNull:
    case GetStatus::kOffsetOverflowOne:
      return protocol::kPullNotFound;
    case GetStatus::kNoMatchedLogicQueue:
    case GetStatus::kNoMessageInQueue:
      // A consumer that starts at 0 of an empty queue waits; any other must be put right.
      return queue_offset == 0 ? protocol::kPullNotFound : protocol::kPullOffsetMoved;
    case GetStatus::kOffsetOverflowBadly:
    case GetStatus::kOffsetTooSmall:
      return protocol::kPullOffsetMoved;
  }
  return protocol::kSystemError;
}

constexpr size_t kAnswerFields = 6;

// 5.x's ForbiddenType.
constexpr int32_t kBrokerForbidden = 1;
constexpr int32_t kGroupForbidden = 2;
constexpr int32_t kTopicForbidden = 3;
constexpr int32_t kBroadcastForbidden = 4;

Outgoing PullResponse(int32_t code, std::string remark, const PullRequest& request, int64_t next,
                      int64_t min, int64_t max) {
  Outgoing response = MakeResponse(code, std::move(remark));
  response.fields.reserve(kAnswerFields);
  // There are no slaves to send a consumer to.
  response.With("suggestWhichBrokerId", 0)
      .With("nextBeginOffset", next)
      .With("minOffset", min)
      .With("maxOffset", max)
      .With("topicSysFlag", request.topic_sys_flag)
      .With("groupSysFlag", request.group_sys_flag);
  return response;
}

std::string NotSupported(const std::string& expression_type) {
  return "The broker does not support consumer to filter message by " + expression_type;
}

}  // namespace

PullHandler::PullHandler(Parts* parts, ResetGuide* guide, asio::io_context& loop)
    : parts_(parts), guide_(guide) {
  hold_ = std::make_shared<PullHold>(loop, parts->clock, [this](HeldPull pull, bool may_hold) {
    Resume(std::move(pull), may_hold);
  });
}

void PullHandler::AddTo(remoting::Dispatcher* dispatcher) {
  auto handle = [this](const Command& command, const Responder& responder) {
    Handle(command, responder);
  };
  dispatcher->Add(protocol::kPullMessage, handle);
  dispatcher->Add(protocol::kLitePullMessage, handle);
}

PullHandler::Refusal PullHandler::CheckRequest(PullRequest* request,
                                               const Responder& responder) const {
  if ((parts_->options.permission & protocol::kPermRead) == 0) {
    return {protocol::kNoPermission,
            "the broker[" + parts_->options.advertised_ip + "] pulling message is forbidden",
            kBrokerForbidden};
  }
  auto group = parts_->groups->FindOrCreate(request->group);
  if (!group) {
    return {protocol::kSubscriptionGroupNotExist,
            WithFaq("subscription group [" + request->group + "] does not exist, ")};
  }
  if (!group->consume_enable) {
    return {protocol::kNoPermission, "subscription group no permission, " + request->group,
            kGroupForbidden};
  }
  if (!parts_->groups->IsReadable(request->group, request->topic)) {
    return {
        protocol::kNoPermission,
        "the consumer group[" + request->group + "] is forbidden for topic[" + request->topic + "]",
        kTopicForbidden};
  }
  auto topic = parts_->topics->Find(request->topic);
  if (!topic) {
    return {protocol::kTopicNotExist,
            WithFaq("topic[" + request->topic + "] not exist, apply first please!")};
  }
  if ((topic->perm & protocol::kPermRead) == 0) {
    return {protocol::kNoPermission,
            "the topic[" + request->topic + "] pulling message is forbidden", kTopicForbidden};
  }
  if (request->queue_id < 0 || request->queue_id >= topic->read_queue_nums) {
    return {protocol::kInvalidParameter,
            "queueId[" + std::to_string(request->queue_id) + "] is illegal, topic:[" +
                request->topic + "] topicConfig.readQueueNums:[" +
                std::to_string(topic->read_queue_nums) + "] consumer:[" +
                responder.connection()->remote_address() + "]"};
  }
  request->topic_sys_flag = topic->topic_sys_flag;
  request->group_sys_flag = group->group_sys_flag;
  return {};
}

PullHandler::Refusal PullHandler::TakeOwnSubscription(HeldPull* pull) const {
  const PullRequest& request = pull->request;
  if (request.filters_by_tags()) {
    Result<SubscriptionData> subscription =
        protocol::MakeSubscription(request.topic, request.subscription, 0);
    if (!subscription.ok()) {
      return {protocol::kSubscriptionParseFailed, subscription.status().message()};
    }
    pull->subscription = std::make_shared<SubscriptionData>(std::move(*subscription));
    return {};
  }
  if (request.subscription.empty()) {
    return {protocol::kSubscriptionParseFailed, "parse the consumer's subscription failed"};
  }
  if (!parts_->options.property_filter || request.expression_type != protocol::kSql92Expression) {
    return {protocol::kSystemError, NotSupported(request.expression_type)};
  }
  auto compiled = parts_->filters->Compile(request.subscription);
  if (!compiled.ok()) {
    return {protocol::kSubscriptionParseFailed, compiled.status().message()};
  }
  pull->selector = *compiled;
  pull->subscription = std::make_shared<SubscriptionData>();
  return {};
}

PullHandler::Refusal PullHandler::TakeGroupSubscription(HeldPull* pull) const {
  const PullRequest& request = pull->request;
  auto found = parts_->consumers.FindSubscription(request.group, request.topic);
  if (!found.group_online) {
    return {protocol::kSubscriptionNotExist, WithFaq("the consumer's group info not exist")};
  }
  auto group = found.broadcasting ? parts_->groups->Find(request.group) : std::nullopt;
  if (group && !group->consume_broadcast_enable) {
    return {protocol::kNoPermission,
            "the consumer group[" + request.group + "] can not consume by broadcast way",
            kBroadcastForbidden};
  }
  if (found.data == nullptr) {
    return {protocol::kSubscriptionNotExist, WithFaq("the consumer's subscription not exist")};
  }
  if (found.data->sub_version < request.subscription_version) {
    return {protocol::kSubscriptionNotLatest, "the consumer's subscription not latest"};
  }
  pull->subscription = found.data;
  if (found.data->expression_type.empty() ||
      found.data->expression_type == protocol::kTagExpression) {
    return {};
  }
  auto filter = parts_->filters->Find(request.group, request.topic);
  if (!filter) {
    return {protocol::kFilterDataNotExist,
            "The broker's consumer filter data is not exist!Your expression may be wrong!"};
  }
  if (filter->client_version < request.subscription_version) {
    return {protocol::kFilterDataNotLatest, "the consumer's consumer filter data not latest"};
  }
  if (!parts_->options.property_filter) {
    return {protocol::kSystemError, NotSupported(found.data->expression_type)};
  }
  pull->selector = filter->compiled;
  return {};
}

PullHandler::Refusal PullHandler::FindSubscription(HeldPull* pull) const {
  return pull->request.has_subscription ? TakeOwnSubscription(pull) : TakeGroupSubscription(pull);
}

void PullHandler::Refuse(const Refusal& refusal, const Responder& responder) {
  Outgoing response = MakeResponse(refusal.code, refusal.remark);
  if (refusal.forbidden_type != 0) response.With("forbiddenType", refusal.forbidden_type);
  responder.Send(std::move(response));
}

void PullHandler::Handle(const Command& command, const Responder& responder) {
  if (command.code == protocol::kLitePullMessage && !parts_->options.lite_pull) {
    Refuse({protocol::kNoPermission,
            "the broker[" + parts_->options.advertised_ip + "] for lite pull consumer is forbidden",
            kBrokerForbidden},
           responder);
    return;
  }
  Result<PullRequest> request =
      ReadPullRequest(command, {parts_->options.max_pull_messages, parts_->options.max_pull_bytes});
  if (!request.ok()) {
    responder.Fail(protocol::kSystemError, request.status().message());
    return;
  }
  HeldPull pull{std::move(*request), nullptr, nullptr, responder, 0};
  Refusal refusal = CheckRequest(&pull.request, responder);
  if (refusal.code == protocol::kSuccess) refusal = FindSubscription(&pull);
  if (refusal.code != protocol::kSuccess) {
    Refuse(refusal, responder);
    return;
  }
  int64_t hold_ms = parts_->options.long_polling ? pull.request.suspend_timeout_ms
                                                 : parts_->options.short_polling_ms;
  pull.deadline_ms = parts_->clock->SteadyMs() + hold_ms;
  ResetGuide::Queue queue{pull.request.group, pull.request.topic, pull.request.queue_id};
  if (pull.request.commits && pull.request.commit_offset >= 0 &&
      guide_->CommitCounts(queue, responder.connection()->id(), true)) {
    parts_->offsets->Commit(queue.group, queue.topic, queue.id, pull.request.commit_offset);
  }
  bool may_hold = pull.request.suspends;
  Pull(std::move(pull), may_hold);
}

bool PullHandler::Wait(HeldPull* pull, int64_t wait_ms, uint64_t resets_seen, bool may_hold) {
  if (!may_hold) {
    AnswerReset(*pull, protocol::kPullNotFound, pull->request.queue_offset);
    return true;
  }
  pull->deadline_ms = std::min(pull->deadline_ms, parts_->clock->SteadyMs() + wait_ms);
  return hold_->Hold(pull, [&] { return parts_->offsets->reset_count() != resets_seen; });
}

void PullHandler::Pull(HeldPull pull, bool may_hold) {
  while (true) {
    uint64_t resets_seen = parts_->offsets->reset_count();
    ResetStep step = guide_->Next(pull.request, pull.responder.connection());
    if (step.kind == ResetStep::Kind::kMoved) {
      AnswerReset(pull, protocol::kPullOffsetMoved, step.offset);
      return;
    }
    if (step.kind == ResetStep::Kind::kRedirect) {
      AnswerReset(pull, protocol::kPullRetryImmediately, step.offset);
      return;
    }
    if (step.kind == ResetStep::Kind::kWait) {
      if (Wait(&pull, step.wait_ms, resets_seen, may_hold)) return;
      continue;
    }
    GetResult found = Read(pull);
    bool nothing_yet = CodeOf(found.status, pull.request.queue_offset) == protocol::kPullNotFound;
    if (!nothing_yet || !may_hold) {
      Answer(pull, std::move(found));
      return;
    }
    bool held = hold_->Hold(&pull, [&] {
      return parts_->store->MaxOffset(pull.request.topic, pull.request.queue_id) !=
                 found.max_offset ||
             parts_->offsets->reset_count() != resets_seen;
    });
    if (held) return;
  }
}

// A held pull with a selector is woken by every message. When none of them passes it goes on
// waiting behind them, instead of sending the consumer round in circles.
void PullHandler::Resume(HeldPull pull, bool may_hold) {
  if (may_hold && pull.selector != nullptr &&
      !guide_->IsPending(pull.request, pull.responder.connection())) {
    GetResult found = Read(pull);
    if (found.status == GetStatus::kFound) {
      Answer(pull, std::move(found));
      return;
    }
    bool passed_all =
        found.status == GetStatus::kNoMatchedMessage && found.next_begin_offset == found.max_offset;
    if (passed_all) pull.request.queue_offset = found.next_begin_offset;
  }
  Pull(std::move(pull), may_hold);
}

GetResult PullHandler::Read(const HeldPull& pull) const {
  const PullRequest& request = pull.request;
  if (pull.selector != nullptr) {
    SqlMatcher matcher(pull.selector);
    return parts_->store->Get(
        request.topic, request.queue_id, request.queue_offset, request.max_messages,
        request.max_bytes, nullptr,
        [&matcher](std::string_view properties) { return matcher.Matches(properties); });
  }
  store::TagsFilter filter;
  if (!pull.subscription->code_set.empty()) {
    filter = [&subscription = *pull.subscription](int64_t tags_code) {
      return TagsMatch(subscription, tags_code);
    };
  }
  return parts_->store->Get(request.topic, request.queue_id, request.queue_offset,
                            request.max_messages, request.max_bytes, filter);
}

void PullHandler::Answer(const HeldPull& pull, GetResult found) const {
  parts_->stats->OnGet(pull.request.group, pull.request.topic,
                       static_cast<int64_t>(found.records.size()), found.total_bytes);
  parts_->pull_offsets.Set(pull.request.group, pull.request.topic, pull.request.queue_id,
                           found.next_begin_offset);
  // The topic has this queue, or the pull would have been refused: nobody has written to it yet.
  bool unwritten = found.status == GetStatus::kNoMatchedLogicQueue;
  GetStatus status = unwritten ? GetStatus::kNoMessageInQueue : found.status;
  Outgoing response = PullResponse(CodeOf(found.status, pull.request.queue_offset),
                                   std::string(store::GetStatusName(status)), pull.request,
                                   found.next_begin_offset, found.min_offset, found.max_offset);
  std::vector<std::string_view> parts;
  std::vector<std::shared_ptr<const void>> owners;
  parts.reserve(found.records.size());
  for (store::RecordView& record : found.records) {
    parts.push_back(record.bytes);
    // Neighbouring records lie in the same segment: one owner is enough for all of them.
    if (owners.empty() || owners.back() != record.keep_alive) {
      owners.push_back(std::move(record.keep_alive));
    }
  }
  pull.responder.Send(std::move(response), std::move(parts), std::move(owners));
}

void PullHandler::AnswerReset(const HeldPull& pull, int32_t code, int64_t next_offset) const {
  const PullRequest& request = pull.request;
  pull.responder.Send(PullResponse(code, "OFFSET_RESET", request, next_offset,
                                   parts_->store->MinOffset(request.topic, request.queue_id),
                                   parts_->store->MaxOffset(request.topic, request.queue_id)));
}

}  // namespace rewindmq::broker
