// Random clusters, groups and requests: what a plan says of replay and skip is what carrying it out
// does, no queue moves that the plan did not move, and undo puts each back.

#include <gtest/gtest.h>

#include <random>

#include "reset/apply.h"
#include "reset/plan_queue.h"
#include "reset/planner.h"
#include "reset/snapshot.h"
#include "reset/undo.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::reset {
namespace {

using Offsets = std::map<QueueName, std::optional<int64_t>>;

class World {
 public:
  explicit World(uint32_t seed) : random_(seed) {
    const int64_t brokers = Pick(1, 3);
    for (int64_t i = 0; i < brokers; ++i) AddBroker("b" + std::to_string(i));
    request.topic = admin.topic;
    request.group = admin.group;
    request.target.time_ms = 1'000'000;
    request.target.kind = static_cast<TargetKind>(Pick(0, 3));
    request.direction = static_cast<Direction>(Pick(0, 2));
    if (request.target.kind == TargetKind::kOffsets) AddOffsets();
    if (Pick(0, 3) == 0) request.scope.broker_names = {"b0"};
    if (Pick(0, 3) == 0 && !request.target.ByOffsets()) request.scope.queues = {{"b0", 0}};
  }

  int64_t Pick(int64_t low, int64_t high) {
    return std::uniform_int_distribution<int64_t>(low, high)(random_);
  }

  Offsets Committed() {
    Offsets offsets;
    for (auto& [name, broker] : admin.brokers) {
      for (size_t i = 0; i < broker.queues.size(); ++i) {
        offsets[{admin.topic, name, static_cast<int32_t>(i)}] = broker.queues[i].committed;
      }
    }
    return offsets;
  }

  FakeAdmin admin;
  Request request;

 private:
  void AddBroker(const std::string& name) {
    FakeBroker& broker = admin.AddBroker(name, static_cast<size_t>(Pick(1, 4)));
    broker.manner = static_cast<Manner>(Pick(0, 2));
    // Notified clients move later; here nobody is, so that every reset is done when it is answered.
    broker.clients_online = broker.manner == Manner::kNotifies ? 0 : static_cast<int>(Pick(0, 2));
    for (FakeQueue& queue : broker.queues) {
      queue.min = Pick(0, 50);
      queue.max = queue.min + Pick(0, 100);
      queue.by_time = Pick(queue.min, queue.max);
      queue.committed = Pick(queue.min, queue.max);
      if (Pick(0, 5) == 0) queue.committed = std::nullopt;
    }
  }
  void AddOffsets() {
    for (auto& [name, broker] : admin.brokers) {
      for (size_t i = 0; i < broker.queues.size(); ++i) {
        if (Pick(0, 1) == 0) continue;
        request.target.offsets[{admin.topic, name, static_cast<int32_t>(i)}] =
            Pick(broker.queues[i].min - 2, broker.queues[i].max + 2);
      }
    }
  }

  std::mt19937 random_;
};

Plan ApplyAll(World* world, const Request& request) {
  Plan plan = MakePlan(request, *ReadSnapshot(&world->admin, request));
  if (!plan.problem.empty()) return plan;
  for (size_t i = 0; i < plan.table.brokers.size(); ++i) {
    if (plan.table.brokers[i].state != BrokerState::kPending) continue;
    ApplyToBroker(&world->admin, request, plan.table.brokers[i].name, 5, {}, &plan.table);
  }
  return plan;
}

TEST(ResetPropertyTest, PlansAreWhatHappensAndUndoIsTheWayBack) {
  int moved = 0;
  for (uint32_t seed = 1; seed <= 2000; ++seed) {
    SCOPED_TRACE(seed);
    World world(seed);
    const Offsets before = world.Committed();
    const Plan plan = ApplyAll(&world, world.request);
    const Offsets after = world.Committed();
    int64_t replayed = 0;
    int64_t skipped = 0;
    for (const auto& [name, was] : before) {
      const std::optional<int64_t> is = after.at(name);
      moved += is == was ? 0 : 1;
      if (is.has_value() && was.has_value()) {
        replayed += std::max<int64_t>(0, *was - *is);
        skipped += std::max<int64_t>(0, *is - *was);
      }
    }
    ASSERT_EQ(replayed, plan.problem.empty() ? plan.messages_to_replay : 0);
    ASSERT_EQ(skipped, plan.problem.empty() ? plan.messages_to_skip : 0);
    for (const QueueRow& row : plan.table.queues) {
      const QueueName name{row.topic, row.broker_name, row.queue_id};
      if (!plan.problem.empty() || !before.contains(name)) continue;
      const bool applied = row.state == QueueState::kApplied;
      ASSERT_EQ(after.at(name), applied ? row.target_offset : before.at(name));
    }
    if (!plan.problem.empty()) continue;
    const Undo undo = UndoOf(world.request, plan.table);
    if (!undo.request.target.offsets.empty()) ApplyAll(&world, undo.request);
    for (const auto& [name, was] : before) {
      if (!was.has_value()) continue;
      ASSERT_EQ(world.Committed().at(name), was) << name.queue_id;
    }
  }
  EXPECT_GT(moved, 1000);
}

}  // namespace
}  // namespace rewindmq::reset
