// The rules of the CRD's schema, and the status as JSON.

#include "operator/api/validate.h"

#include <gtest/gtest.h>

#include "operator/api/offset_reset.h"

namespace rewindmq::api {
namespace {

Json Spec() {
  return Json::parse(R"({"cluster": {"nameServers": ["ns:9876"]}, "topic": "orders",
    "consumerGroup": "billing", "target": {"time": "2026-01-02T03:04:05Z"}})");
}

// The spec with one value at a JSON pointer; null removes it.
Json With(const std::string& pointer, const Json& value) {
  Json spec = Spec();
  Json::json_pointer where(pointer);
  if (value.is_null()) {
    spec[where.parent_pointer()].erase(where.back());
  } else {
    spec[where] = value;
  }
  return spec;
}

TEST(ValidateTest, DefaultsAreTheSchemas) {
  AcceptedSpec spec = ParseSpec(Spec(), "team").value();
  EXPECT_EQ(spec.name_servers, std::vector<std::string>{"ns:9876"});
  EXPECT_EQ(spec.request.target.time_ms, 1767323045000);
  EXPECT_EQ(spec.request.direction, reset::Direction::kRewindOnly);
  EXPECT_EQ(spec.request.method, reset::Method::kAuto);
  EXPECT_EQ(spec.verify_mode, VerifyMode::kCommitted);
  EXPECT_EQ(spec.settle_ms, 20'000);
  EXPECT_EQ(spec.request_timeout_ms, 10'000);
  EXPECT_EQ(spec.active_deadline_ms, 600'000);
  EXPECT_EQ(spec.backoff_limit, 3);
}

TEST(ValidateTest, ServedFieldsAreRead) {
  Json spec = With("/target", {{"ago", "2h"}});
  spec["cluster"] = {{"serviceRef", {{"name", "ns-service"}}}};
  spec["scope"] = {{"brokerNames", {"a", "b"}}};
  spec["limits"] = {{"maxReplayMessages", 5}};
  spec["verify"] = {{"mode", "None"}, {"settleSeconds", 0}};
  AcceptedSpec read = ParseSpec(spec, "team").value();
  EXPECT_EQ(read.name_servers[0], "ns-service.team.svc:9876");
  EXPECT_EQ(read.ago_ms, 7'200'000);
  EXPECT_EQ(read.request.scope.broker_names.size(), 2u);
  EXPECT_EQ(read.request.limits.max_replay_messages, 5);
  EXPECT_EQ(read.settle_ms, 0);
  EXPECT_EQ(read.verify_mode, VerifyMode::kNone);
}

struct BadCase {
  const char* pointer;
  Json value;
  const char* named;
};

TEST(ValidateTest, EveryRuleNamesItsField) {
  const BadCase kCases[] = {
      {"/topic", nullptr, "`spec.topic` must be set"},
      {"/topic", 12, "`spec.topic` must be text"},
      {"/topic", "a b", "`spec.topic` is 'a b'"},
      {"/topic", std::string(128, 'x'), "1 to 127 characters"},
      {"/consumerGroup", "", "`spec.consumerGroup`"},
      {"/consumerGroup", "CID_RMQ_SYS_X", "system group"},
      {"/cluster", nullptr, "`spec.cluster` must be set"},
      {"/cluster/nameServers", nullptr, "exactly one of `spec.cluster.nameServers`"},
      {"/cluster/serviceRef", {{"name", "x"}}, "exactly one of `spec.cluster.nameServers`"},
      {"/cluster/nameServers", Json::array(), "1 to 16"},
      {"/cluster/nameServers/0", "ns", "`spec.cluster.nameServers[0]` is 'ns'"},
      {"/cluster/nameServers/0", "ns:port", "host:port"},
      {"/cluster/nameServers/0", 9876, "must be text"},
      {"/target", nullptr, "`spec.target` must be set"},
      {"/target/ago", "1h", "exactly one of `time`"},
      {"/target/time", nullptr, "exactly one of `time`"},
      {"/target/time", "yesterday", "`spec.target.time` is 'yesterday'"},
      {"/target", {{"ago", "0h"}}, "`spec.target.ago`"},
      {"/target", {{"ago", "12345678h"}}, "`spec.target.ago`"},
      {"/target", {{"position", "Middle"}}, "'Earliest', 'Latest'"},
      {"/target", {{"position", "Latest"}}, "`spec.direction` must be 'SkipOnly' or 'Any'"},
      {"/target",
       {{"offsets", {{{"brokerName", "a"}, {"queueId", 0}, {"offset", 1}}}}},
       "`spec.method` must be 'BrokerSide'"},
      {"/target",
       {{"offsets", {{{"brokerName", "a"}, {"queueId", 0}, {"offset", -1}}}}},
       "`spec.target.offsets[0].offset`"},
      {"/direction", "Back", "`spec.direction`"},
      {"/method", "Magic", "`spec.method`"},
      {"/scope", Json::object(), "`spec.scope` must have"},
      {"/scope", {{"queues", {{{"brokerName", "a"}, {"queueId", 0}}}}}, "`spec.scope.queues`"},
      {"/scope", {{"queues", {{{"brokerName", "a"}}}}}, "`spec.scope.queues[0].queueId`"},
      {"/limits", {{"maxReplayMessages", -1}}, "`spec.limits.maxReplayMessages`"},
      {"/dryRun", "yes", "`spec.dryRun` must be true or false"},
      {"/verify", {{"settleSeconds", 601}}, "`spec.verify.settleSeconds` is 601"},
      {"/verify", {{"settleSeconds", 1.5}}, "whole number"},
      {"/verify", "fast", "`spec.verify` must be a map"},
      {"/activeDeadlineSeconds", 20, "`spec.activeDeadlineSeconds` must be greater"},
      {"/backoffLimit", 21, "`spec.backoffLimit`"},
      {"/requestTimeoutSeconds", 0, "`spec.requestTimeoutSeconds`"},
      {"/approvedPlanHash", "0123456789abcdef", "`spec.approvedPlanHash` may only be set"},
      {"/approvedPlanHash", "xyz", "16 characters"},
      {"/topik", "orders", "`spec.topik` is not a field"},
      {"/cluster/nameservers", "x", "`spec.cluster.nameservers` is not a field"},
  };
  for (const BadCase& c : kCases) {
    Status status = ParseSpec(With(c.pointer, c.value), "team").status();
    EXPECT_EQ(status.code(), ErrorCode::kInvalidArgument) << c.pointer << " " << c.value;
    EXPECT_NE(status.message().find(c.named), std::string::npos)
        << c.pointer << ": " << status.message();
  }
  EXPECT_EQ(ParseSpec(Json(), "team").status().code(), ErrorCode::kInvalidArgument);
  EXPECT_EQ(ParseSpec(Json::array(), "team").status().code(), ErrorCode::kInvalidArgument);
}

TEST(ValidateTest, NameServerForms) {
  for (const char* good : {"a:1", "10.0.0.1:9876", "[::1]:9876", "ns-0.ns.team.svc:65535"}) {
    EXPECT_TRUE(ParseSpec(With("/cluster/nameServers/0", good), "team").ok()) << good;
  }
  for (const char* bad : {":1", "a:", "-a:1", "a-:1", "a b:1", "a:123456", "[x]:1", "[]:1"}) {
    EXPECT_FALSE(ParseSpec(With("/cluster/nameServers/0", bad), "team").ok()) << bad;
  }
}

TEST(ValidateTest, CredentialsAreRefusedByName) {
  Status status =
      ParseSpec(With("/cluster/credentialsSecretRef", {{"name", "s"}}), "team").status();
  EXPECT_EQ(status.code(), ErrorCode::kUnsupported);
  EXPECT_NE(status.message().find("spec.cluster.credentialsSecretRef"), std::string::npos);
}

TEST(ValidateTest, ExactOffsetsNameTheTopicsQueues) {
  Json spec = With("/target", Json::parse(R"({"offsets": [
    {"brokerName": "a", "queueId": 0, "offset": 7}, {"brokerName": "b", "queueId": 3, "offset": 0}
  ]})"));
  spec["method"] = "BrokerSide";
  AcceptedSpec read = ParseSpec(spec, "team").value();
  EXPECT_EQ(read.request.target.kind, reset::TargetKind::kOffsets);
  const std::map<reset::QueueName, int64_t> wanted = {{{"orders", "a", 0}, 7},
                                                      {{"orders", "b", 3}, 0}};
  EXPECT_EQ(read.request.target.offsets, wanted);
  EXPECT_EQ(read.target_summary, "offsets of 2 queues");
}

TEST(ValidateTest, TheWholeResetIsRead) {
  Json spec = With("/target", {{"restoreFrom", {{"name", "first"}}}});
  spec["method"] = "BrokerSide";
  spec["approval"] = "Required";
  spec["approvedPlanHash"] = "0123456789abcdef";
  spec["interruptedPolicy"] = "Resume";
  spec["retryTopic"] = "Reset";
  spec["verify"] = {{"mode", "Clients"}};
  AcceptedSpec read = ParseSpec(spec, "team").value();
  EXPECT_EQ(read.restore_from, "first");
  EXPECT_TRUE(read.approval_required);
  EXPECT_EQ(read.approved_plan_hash, "0123456789abcdef");
  EXPECT_TRUE(read.resume_interrupted);
  EXPECT_TRUE(read.request.include_retry_topic);
  EXPECT_EQ(read.verify_mode, VerifyMode::kClients);
}

TEST(ValidateTest, ReplaysAreReadAndMayTakeADay) {
  Json spec = With("/replay", {{"until", "2026-01-02T04:04:05Z"}, {"tag", "A || B"}});
  spec["replay"]["messagesPerSecond"] = 500;
  spec["replay"]["paused"] = true;
  AcceptedSpec read = ParseSpec(spec, "team").value();
  ASSERT_TRUE(read.request.replay.has_value());
  EXPECT_EQ(read.request.replay->until_ms, 1767326645000);
  EXPECT_EQ(read.request.replay->tag, "A || B");
  EXPECT_EQ(read.request.replay->messages_per_second, 500);
  EXPECT_TRUE(read.request.replay->paused);
  EXPECT_EQ(read.active_deadline_ms, 86'400'000);
}

TEST(ResetStatusTest, TransitionTimeMovesWithTheStatusOnly) {
  ResetStatus status;
  status.SetCondition(kPlanned, "Unknown", "Pending", "", 1000, 1);
  status.SetCondition(kPlanned, "Unknown", "Trying", "again", 2000, 1);
  EXPECT_EQ(status.Find(kPlanned)->last_transition_ms, 1000);
  EXPECT_EQ(status.Find(kPlanned)->reason, "Trying");
  status.SetCondition(kPlanned, "True", "Planned", "", 3000, 2);
  EXPECT_EQ(status.Find(kPlanned)->last_transition_ms, 3000);
}

TEST(ResetStatusTest, WhatIsWrittenIsReadBackAndTheRestIsKept) {
  Json object = {{"apiVersion", kApiVersion}, {"kind", kKind}};
  object["metadata"] = {{"name", "r"}, {"namespace", "team"}, {"resourceVersion", "7"}};
  object["spec"] = Spec();
  object["status"] = {{"later", {{"field", 1}}}, {"target", {{"extra", true}}}};
  OffsetReset reset = FromJson(object).value();
  reset.status.phase = "Running";
  reset.status.start_time_ms = 1767323045000;
  reset.status.target->timestamp_ms = 42;
  reset.status.target->restored_from = "uid-1";
  reset.status.target->offsets = {{{"%RETRY%billing", "a", 0}, 5}, {{"orders", "a", 1}, 6}};
  reset.status.replay = ReplaySummary{"Paused", 1, 2, 3, 4, 5};
  reset.status.SetCondition(kAccepted, "True", "Accepted", "", 1767323045000, 3);
  reset::BrokerRow broker;
  broker.name = "a";
  broker.state = reset::BrokerState::kApplying;
  broker.attempts = 2;
  broker.clients_online = 0;
  reset.status.table.brokers.push_back(broker);
  reset::QueueRow row;
  row.topic = "orders";
  row.broker_name = "a";
  row.queue_id = 3;
  row.before_offset = 9;
  row.max_offset = 10;
  row.message = std::string(300, 'x');
  reset.status.table.queues.push_back(row);
  Json written = ToJson(reset);
  EXPECT_EQ(written["status"]["later"]["field"], 1);
  EXPECT_EQ(written["status"]["target"]["extra"], true);
  EXPECT_EQ(written["status"]["startTime"], "2026-01-02T03:04:05Z");
  EXPECT_EQ(written["status"]["queues"][0]["lagBefore"], 1);
  EXPECT_EQ(written["status"]["queues"][0]["message"].get<std::string>().size(), 256u);
  EXPECT_FALSE(written["status"]["queues"][0].contains("afterOffset"));
  OffsetReset again = FromJson(written).value();
  EXPECT_EQ(again.status.table.brokers[0].state, reset::BrokerState::kApplying);
  EXPECT_EQ(again.status.table.brokers[0].clients_online, 0);
  EXPECT_EQ(again.status.table.queues[0].before_offset, 9);
  EXPECT_TRUE(again.status.IsTrue(kAccepted));
  EXPECT_EQ(again.status.target->offsets, reset.status.target->offsets);
  EXPECT_EQ(again.status.target->restored_from, "uid-1");
  EXPECT_EQ(again.status.replay, reset.status.replay);
  EXPECT_EQ(ToJson(again), written);
}

TEST(ResetStatusTest, CutsBetweenCharacters) {
  Json json = Json::object();
  WriteText(&json, "t", "aé", 2);
  EXPECT_EQ(json["t"], "a");
}

TEST(OffsetResetTest, OtherThingsAreNotOffsetResets) {
  EXPECT_FALSE(FromJson(Json()).ok());
  EXPECT_FALSE(FromJson(Json::parse(R"({"kind": "Pod", "apiVersion": "v1"})")).ok());
  EXPECT_FALSE(FromJson({{"apiVersion", kApiVersion}, {"kind", kKind}}).ok());
  Json bad = {{"apiVersion", kApiVersion}, {"kind", kKind}, {"metadata", {{"name", "r"}}}};
  bad["status"] = {{"queues", {{{"state", "Dancing"}}}}};
  EXPECT_FALSE(FromJson(bad).ok());
}

}  // namespace
}  // namespace rewindmq::api
