#include "broker/handlers/reset_guide.h"

#include <algorithm>
#include <array>

#include "common/base/log.h"
#include "common/protocol/offset_tables.h"
#include "common/remoting/connection.h"

namespace rewindmq::broker {
namespace {

using protocol::MessageQueue;

// A remark is for people; the log has the rest.
constexpr size_t kMaxNamedClients = 32;

std::string Describe(const ConsumerClient& client) {
  return client.client_id + " (" + std::string(protocol::LanguageName(client.language)) + " " +
         std::to_string(client.version) + ")";
}

class ToldList {
 public:
  void Add(ResetTold how, const ConsumerClient& client) {
    size_t kind = how == ResetTold::kAtNextPull ? 1 : how == ResetTold::kByRedirect ? 2 : 0;
    if (++count_[kind] <= kMaxNamedClients) {
      names_[kind] += (names_[kind].empty() ? "" : ", ") + Describe(client);
    }
  }

  std::string Text() const {
    constexpr std::array<std::string_view, 3> kTitles = {
        "told by notice", "at their next pull",
        "sent there by their next pull, for they keep their own offsets and cannot be told"};
    std::string text;
    for (size_t kind = 0; kind < kTitles.size(); ++kind) {
      if (count_[kind] == 0) continue;
      text.append(text.empty() ? "" : "; ").append(kTitles[kind]).append(": ").append(names_[kind]);
      if (count_[kind] > kMaxNamedClients) {
        text += " and " + std::to_string(count_[kind] - kMaxNamedClients) + " more";
      }
    }
    return text;
  }

 private:
  std::array<std::string, 3> names_;
  std::array<size_t, 3> count_ = {};
};

}  // namespace

ResetGuide::Told ResetGuide::Prepare(const ResetOrder& order,
                                     const std::optional<ConsumerGroup>& group) {
  if (!group) return {{}, "no client of the group is connected"};
  Told told;
  ToldList list;
  int64_t now_ms = parts_->clock->SteadyMs();
  for (const auto& [id, client] : group->clients) {
    ResetTold how = HowToTell(client, group->consume_type, group->message_model);
    list.Add(how, client);
    for (const auto& [topic, targets] : order.targets) {
      if (targets.empty() || !notices_.Tell({order.group, topic, id, how}, now_ms)) continue;
      told.notices.push_back({client, how, topic});
    }
  }
  told.text = list.Text();
  return told;
}

void ResetGuide::Send(const std::string& group, const std::vector<Notice>& notices) {
  for (const Notice& notice : notices) SendOne(group, notice);
}

// With all that this client does not know of the topic now: the last reset of a queue wins.
void ResetGuide::SendOne(const std::string& group, const Notice& notice) {
  uint64_t connection_id = notice.client.connection->id();
  auto member = parts_->consumers.FindMember(group, connection_id);
  bool own_offsets = member && member->message_model == protocol::MessageModel::kBroadcasting;
  ResetNotices::Client client{group, notice.topic, connection_id, notice.how};
  protocol::ResetOffsetBody body;
  for (const auto& [queue_id, place] :
       parts_->offsets->ResetsOf(group, notice.topic, own_offsets ? notice.client.client_id : "")) {
    if (notices_.Knows(client, queue_id, place)) continue;
    notices_.Named(client, queue_id, place, parts_->clock->SteadyMs());
    body[MessageQueue{notice.topic, parts_->options.broker_name, queue_id}] = place.offset;
  }
  auto request = protocol::MakeRequest(protocol::kResetConsumerClientOffset);
  // Clients only log the time.
  request.With("topic", notice.topic).With("group", group);
  request.With("timestamp", parts_->clock->WallMs()).With("isForce", "true");
  request.body = notice.how == ResetTold::kByListBody ? protocol::EncodeResetOffsetBodyForC(body)
                                                      : protocol::EncodeResetOffsetBody(body);
  notice.client.connection->InvokeOneway(std::move(request));
}

ResetGuide::Found ResetGuide::Find(const Queue& queue, uint64_t connection_id) const {
  Found found;
  if (!parts_->offsets->AnyReset()) return found;
  found.member = parts_->consumers.FindMember(queue.group, connection_id);
  if (found.member && found.member->message_model == protocol::MessageModel::kBroadcasting) {
    found.own_id = found.member->client.client_id;
  }
  found.place = parts_->offsets->ResetOf(queue.group, queue.topic, queue.id, found.own_id);
  return found;
}

ResetNotices::Client ResetGuide::ClientOf(const Queue& queue, uint64_t connection_id,
                                          const std::optional<ConsumerTable::Member>& member) {
  ResetTold how = ResetTold::kAtNextPull;
  if (member) how = HowToTell(member->client, member->consume_type, member->message_model);
  return {queue.group, queue.topic, connection_id, how};
}

bool ResetGuide::IsPending(const PullRequest& request,
                           const std::shared_ptr<remoting::Connection>& connection) const {
  Queue queue{request.group, request.topic, request.queue_id};
  Found found = Find(queue, connection->id());
  if (!found.place) return false;
  return !notices_.Knows(ClientOf(queue, connection->id(), found.member), queue.id, *found.place);
}

void ResetGuide::OnOffsetAnswered(const Queue& queue, int64_t offset, uint64_t connection_id) {
  Found found = Find(queue, connection_id);
  if (!found.place || found.place->offset != offset) return;
  notices_.Named(ClientOf(queue, connection_id, found.member), queue.id, *found.place,
                 parts_->clock->SteadyMs());
}

bool ResetGuide::CommitCounts(const Queue& queue, uint64_t connection_id, bool oneway) const {
  Found found = Find(queue, connection_id);
  if (!found.place || !found.place->followed) return true;
  ResetNotices::Client client = ClientOf(queue, connection_id, found.member);
  if (notices_.Knows(client, queue.id, *found.place)) return true;
  return !oneway && !found.member && !notices_.HasPulled(client);
}

ResetStep ResetGuide::Next(const PullRequest& request,
                           const std::shared_ptr<remoting::Connection>& connection) {
  using Kind = ResetStep::Kind;
  Queue queue{request.group, request.topic, request.queue_id};
  auto [member, own_id, place] = Find(queue, connection->id());
  if (!place) return {};
  ResetNotices::Client client = ClientOf(queue, connection->id(), member);
  // What the target named may have left the log since; the next one that is there takes its place.
  int64_t min = parts_->store->MinOffset(request.topic, request.queue_id);
  int64_t max = parts_->store->MaxOffset(request.topic, request.queue_id);
  int64_t offset = std::max(min, std::min(place->offset, max));
  int64_t asked = request.queue_offset == place->offset ? offset : request.queue_offset;
  place->offset = offset;
  PullStep step =
      notices_.OnPull(client, request.queue_id, asked, *place, parts_->clock->SteadyMs());
  switch (step.kind) {
    case PullStep::Kind::kServe:
      return {};
    case PullStep::Kind::kFollowed:
      parts_->offsets->ResetFollowed(request.group, request.topic, request.queue_id, own_id,
                                     parts_->clock->WallMs() + ResetNotices::kRememberMs);
      return {};
    case PullStep::Kind::kMoved:
      return {Kind::kMoved, offset, 0};
    case PullStep::Kind::kRedirect:
      return {Kind::kRedirect, offset, 0};
    case PullStep::Kind::kNotice:
      SendOne(request.group, {member->client, client.how, request.topic});
      break;
    case PullStep::Kind::kWait:
      break;
  }
  return {Kind::kWait, 0, step.wait_ms};
}

void ResetGuide::ForgetStale() {
  auto stale = [this](const std::string& topic, const std::string& group, int32_t queue_id) {
    auto config = parts_->topics->Find(topic);
    return !config || queue_id >= config->read_queue_nums || !parts_->groups->Find(group);
  };
  size_t forgotten = parts_->offsets->ForgetResets(stale, parts_->clock->WallMs());
  if (forgotten > 0) spdlog::info("the resets of {} queues need not be remembered", forgotten);
  notices_.ForgetSilent(parts_->clock->SteadyMs());
}

}  // namespace rewindmq::broker
