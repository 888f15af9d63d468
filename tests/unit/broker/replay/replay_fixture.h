#pragma once
// Replays on a real store in a folder of its own, with a clock that tests move.

#include <gtest/gtest.h>

#include <chrono>
#include <set>
#include <thread>

#include "broker/replay/replay_service.h"
#include "broker/schedule/delivery_loop.h"
#include "common/protocol/codes.h"
#include "common/protocol/topic_names.h"
#include "tests/unit/broker/schedule/waiting_store.h"

namespace rewindmq::broker {

class ReplayFixture : public WaitingStore {
 protected:
  static constexpr int64_t kSaveMs = 1000;
  static constexpr int32_t kQueues = 4;

  ReplayFixture() { OpenTables(); }

  void OpenTables() {
    std::string config = directory_ + "/config";
    topics_ = std::move(*TopicTable::Load(config + "/topics.json", &clock_));
    groups_ = std::move(*GroupConfigTable::Load(config + "/groups.json", false, &clock_));
    offsets_ = std::move(*OffsetTable::Load(config));
    filters_ = ConsumerFilterTable::Load(config + "/filters.json", 1000, &clock_);
  }

  void AddTopic(const std::string& name, int32_t queues = kQueues) {
    protocol::TopicConfig topic;
    topic.topic_name = name;
    topic.read_queue_nums = queues;
    topic.write_queue_nums = queues;
    ASSERT_TRUE(topics_->Put(topic).ok());
  }
  void AddGroup(const std::string& name, int32_t retry_queues = 1) {
    protocol::SubscriptionGroupConfig group;
    group.group_name = name;
    group.retry_queue_nums = retry_queues;
    ASSERT_TRUE(groups_->Put(group).ok());
  }
  void Load() {
    ReplayParts parts{store_.get(),   writer_.get(),  topics_.get(),
                      groups_.get(),  offsets_.get(), &consumers_,
                      filters_.get(), &clock_,        *store::ParseHostAddress("1.2.3.4", 5)};
    replays_ = ReplayService::Load(directory_ + "/config", parts, kSaveMs);
  }
  void Begin(int32_t retry_queues = 1) {
    AddTopic("TopicTest");
    AddGroup("Group", retry_queues);
    Load();
  }
  // What a kill leaves: everything that was put, and the file as it was saved last.
  void Crash() {
    replays_.reset();
    store_.reset();
    OpenStore();
    OpenTables();
    Load();
  }

  int64_t PutTo(int32_t queue_id, const std::string& body, const std::string& tag = "A",
                const std::string& more = "") {
    std::string properties = "TAGS\x01" + tag + "\x02" + more;
    store::MessageToPut message;
    message.topic = "TopicTest";
    message.queue_id = queue_id;
    message.body = body;
    message.properties = properties;
    message.tags_code = store::TagsCode(tag);
    return store_->Put(message).queue_offset;
  }

  void Join(const protocol::ConsumerData& consumer) {
    ConsumerClient client;
    client.client_id = "127.0.0.1@test";
    client.connection = std::make_shared<remoting::Connection>(
        loop_, asio::ip::tcp::socket(loop_), nullptr, remoting::ConnectionLimits());
    consumers_.Register(consumer, client);
  }

  protocol::ReplayOrder Order() const {
    protocol::ReplayOrder order;
    order.id = "r1";
    order.topic = "TopicTest";
    order.group = "Group";
    order.from_ms = kStartMs;
    order.until_ms = clock_.WallMs();
    return order;
  }
  protocol::ReplayStatus Start(const protocol::ReplayOrder& order) {
    auto started = replays_->Start(order);
    EXPECT_TRUE(started.ok()) << started.status().ToString();
    return started.ok() ? *started : protocol::ReplayStatus();
  }
  std::string Refusal(const protocol::ReplayOrder& order) {
    auto started = replays_->Start(order);
    EXPECT_FALSE(started.ok());
    return started.status().message();
  }
  protocol::ReplayStatus StatusOf(const std::string& id = "r1") {
    auto list = replays_->List(id);
    EXPECT_EQ(list.size(), 1U);
    return list.empty() ? protocol::ReplayStatus() : list[0];
  }
  // Turns until nothing is left to do now; the last answer.
  int64_t RunAll() {
    for (int32_t i = 0; i < 100'000; ++i) {
      int64_t wait_ms = replays_->Run();
      if (wait_ms != 0) return wait_ms;
    }
    ADD_FAILURE() << "a replay never rests";
    return 0;
  }
  // Until it is over; the log's syncs come from a thread of the store.
  protocol::ReplayStatus Finish(const std::string& id = "r1") {
    auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (IsUnfinished(StatusOf(id).state) && std::chrono::steady_clock::now() < deadline) {
      int64_t wait_ms = replays_->Run();
      if (wait_ms > 0) clock_.AdvanceMs(wait_ms);
      std::this_thread::yield();
    }
    return StatusOf(id);
  }

  std::vector<store::RecordView> Views(const std::string& group = "Group", int32_t queue_id = 0) {
    return store_->Get(protocol::RetryTopic(group), queue_id, 0, 10'000, 1 << 26, {}).records;
  }
  Strings Delivered(const std::string& group = "Group", int32_t queue_id = 0) {
    Strings bodies;
    for (const auto& view : Views(group, queue_id)) {
      bodies.emplace_back(store::DecodeRecord(view.bytes, store::CrcCheck::kVerify)->body);
    }
    return bodies;
  }

  asio::io_context loop_;
  std::unique_ptr<TopicTable> topics_;
  std::unique_ptr<GroupConfigTable> groups_;
  std::unique_ptr<OffsetTable> offsets_;
  ConsumerTable consumers_;
  std::unique_ptr<ConsumerFilterTable> filters_;
  std::unique_ptr<ReplayService> replays_;
};

inline int64_t Sum(const protocol::ReplayStatus& status, int64_t protocol::ReplayQueue::*member) {
  int64_t sum = 0;
  for (const auto& queue : status.queues) sum += queue.*member;
  return sum;
}

}  // namespace rewindmq::broker
