// How each kind of broker is asked, and what is refused instead of doing more than the plan.

#include <gtest/gtest.h>

#include "reset/apply.h"
#include "reset/planner.h"
#include "reset/snapshot.h"
#include "reset/who.h"
#include "tests/unit/reset/fake_admin.h"

namespace rewindmq::reset {
namespace {

enum class Target3 { kTime, kExact, kSomeQueues, kRetry };

struct Case {
  const char* what;
  Manner manner;
  int online;
  Target3 target;
  Way way;
};

const Case kCases[] = {
    {"ours", Manner::kOurs, 1, Target3::kTime, Way::kExactly},
    {"ours, offline", Manner::kOurs, 0, Target3::kTime, Way::kExactly},
    {"ours, exact", Manner::kOurs, 1, Target3::kExact, Way::kExactly},
    {"ours, some queues", Manner::kOurs, 1, Target3::kSomeQueues, Way::kExactly},
    {"ours, retry", Manner::kOurs, 1, Target3::kRetry, Way::kExactly},
    {"notifies", Manner::kNotifies, 1, Target3::kTime, Way::kWholeBroker},
    {"notifies, offline", Manner::kNotifies, 0, Target3::kTime, Way::kWholeBroker},
    {"notifies, exact", Manner::kNotifies, 1, Target3::kExact, Way::kRefuse},
    {"notifies, exact, offline", Manner::kNotifies, 0, Target3::kExact, Way::kWriteOffsets},
    {"notifies, some queues", Manner::kNotifies, 1, Target3::kSomeQueues, Way::kRefuse},
    {"notifies, some queues, offline", Manner::kNotifies, 0, Target3::kSomeQueues,
     Way::kWriteOffsets},
    {"notifies, retry, offline", Manner::kNotifies, 0, Target3::kRetry, Way::kWriteOffsets},
    {"server side", Manner::kServerSide, 1, Target3::kTime, Way::kQueueByQueue},
    {"server side, exact", Manner::kServerSide, 1, Target3::kExact, Way::kQueueByQueue},
    {"server side, exact, offline", Manner::kServerSide, 0, Target3::kExact, Way::kQueueByQueue},
    {"server side, retry", Manner::kServerSide, 1, Target3::kRetry, Way::kQueueByQueue},
};

Request MakeRequest(Target3 target) {
  Request request;
  request.topic = "orders";
  request.group = "billing";
  request.direction = Direction::kAny;
  request.target.time_ms = 1'000'000;
  if (target == Target3::kExact) {
    request.target.kind = TargetKind::kOffsets;
    request.target.offsets[{"orders", "a", 0}] = 40;
  }
  if (target == Target3::kSomeQueues) request.scope.queues = {{"a", 0}};
  request.include_retry_topic = target == Target3::kRetry;
  return request;
}

class WaysTest : public testing::Test {
 protected:
  Decision Decide(const Request& request) {
    Snapshot snapshot = *ReadSnapshot(&admin_, request);
    Plan plan = MakePlan(request, snapshot);
    // Also where the plan has refused already.
    for (QueueRow& row : plan.table.queues) {
      if (row.state == QueueState::kFailed) row.state = QueueState::kPlanned;
    }
    const BrokerSnapshot& broker = snapshot.brokers[0];
    return DecideWay(request, plan.table, broker.name, broker.kind, broker.members);
  }

  FakeAdmin admin_;
};

TEST_F(WaysTest, OneWayForEachKindAndTarget) {
  for (const Case& c : kCases) {
    SCOPED_TRACE(c.what);
    admin_.brokers.clear();
    FakeBroker& broker = admin_.AddBroker("a", 2);
    broker.retry_queues.resize(1);
    broker.manner = c.manner;
    broker.clients_online = c.online;
    EXPECT_EQ(static_cast<int>(Decide(MakeRequest(c.target)).way), static_cast<int>(c.way));
  }
}

TEST_F(WaysTest, KindIsReadFromAnswers) {
  FakeBroker& broker = admin_.AddBroker("a", 1);
  EXPECT_EQ(ReadKind(&admin_, broker.address).value(), BrokerKind::kRewindMq);
  broker.manner = Manner::kNotifies;
  broker.silent_to_unknown = true;  // as 4.2.0
  EXPECT_EQ(ReadKind(&admin_, broker.address).value(), BrokerKind::kNotifies);
  broker.silent_to_unknown = false;
  broker.manner = Manner::kServerSide;
  EXPECT_EQ(ReadKind(&admin_, broker.address).value(), BrokerKind::kServerSide);
  broker.hides_config = true;
  EXPECT_EQ(ReadKind(&admin_, broker.address).value(), BrokerKind::kServerSide);
  broker.manner = Manner::kNotifies;
  EXPECT_EQ(ReadKind(&admin_, broker.address).value(), BrokerKind::kUnknown);
  broker.silent = true;
  EXPECT_TRUE(IsSilence(ReadKind(&admin_, broker.address).status()));
}

TEST_F(WaysTest, NoticesThatSomebodyCannotFollowAreNotSent) {
  FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.manner = Manner::kNotifies;
  const Request request = MakeRequest(Target3::kTime);
  broker.client.version = 27;
  EXPECT_EQ(Decide(request).reason, reason::kClientVersionTooOld);
  broker.client.version = protocol::kOwnVersion;
  broker.client.language = protocol::Language::kCpp;
  EXPECT_EQ(Decide(request).reason, reason::kNotSupportedByBroker);
  broker.client.language = protocol::Language::kJava;
  broker.consume_type = protocol::ConsumeType::kActively;
  EXPECT_EQ(Decide(request).reason, reason::kNotSupportedByBroker);
  broker.consume_type = protocol::ConsumeType::kPassively;
  EXPECT_EQ(Decide(request).way, Way::kWholeBroker);
  broker.queues.push_back({.committed = std::nullopt});
  EXPECT_EQ(Decide(request).reason, reason::kNoCommittedOffset);
}

TEST_F(WaysTest, BackOnlyIsAskedWithoutForce) {
  FakeBroker& broker = admin_.AddBroker("a", 1);
  broker.manner = Manner::kNotifies;
  Request request = MakeRequest(Target3::kTime);
  request.direction = Direction::kRewindOnly;
  EXPECT_EQ(Decide(request).way, Way::kRewindOnly);
}

TEST_F(WaysTest, ExactOffsetsReachTheBrokerAsPlanned) {
  for (Manner manner : {Manner::kOurs, Manner::kServerSide}) {
    admin_.brokers.clear();
    FakeBroker& broker = admin_.AddBroker("a", 2);
    broker.retry_queues.resize(1);
    broker.manner = manner;
    Request request = MakeRequest(Target3::kExact);
    request.target.offsets[{"orders", "a", 1}] = 41;
    Table table = MakePlan(request, *ReadSnapshot(&admin_, request)).table;
    ApplyToBroker(&admin_, request, "a", 5, {}, &table);
    EXPECT_EQ(broker.queues[0].committed, 40);
    EXPECT_EQ(broker.queues[1].committed, 41);
    EXPECT_EQ(broker.retry_queues[0].committed, 100);
  }
}

TEST_F(WaysTest, EveryRefusalHasWords) {
  for (BrokerKind kind : kBrokerKinds) {
    EXPECT_EQ(BrokerKindFromName(Name(kind)), kind);
    for (size_t i = 0; i < kFeatureCount; ++i) {
      Capability capability = CapabilityOf(kind, static_cast<Feature>(i));
      EXPECT_TRUE(capability.can || !capability.words.empty());
      EXPECT_TRUE(capability.can || kind != BrokerKind::kRewindMq);
    }
  }
  const std::string lines = CapabilityLines();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'),
            static_cast<std::ptrdiff_t>(1 + kFeatureCount * kBrokerKinds.size()));
}

}  // namespace
}  // namespace rewindmq::reset
