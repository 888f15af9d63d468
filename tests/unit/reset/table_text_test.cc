#include "reset/table_text.h"

#include <gtest/gtest.h>

namespace rewindmq::reset {
namespace {

Table OneRow() {
  QueueRow row;
  row.topic = "orders";
  row.broker_name = "broker-a";
  row.queue_id = 3;
  row.state = QueueState::kApplied;
  row.min_offset = 0;
  row.max_offset = 1042;
  row.before_offset = 1040;
  row.target_offset = 310;
  row.after_offset = 310;
  row.reason = "Verified";
  Table table;
  table.queues.push_back(row);
  return table;
}

Request Orders() {
  Request request;
  request.topic = "orders";
  return request;
}

TEST(TableTextTest, OutcomesStandUnderTheirHeads) {
  EXPECT_EQ(OutcomeText(Orders(), OneRow()),
            "BROKER    QUEUE  MIN  MAX   BEFORE  TARGET  REPORTED  AFTER  STATE    REASON\n"
            "broker-a  3      0    1042  1040    310     -         310    Applied  Verified\n");
}

TEST(TableTextTest, PlansShowWhatComesAgain) {
  Table table = OneRow();
  table.queues[0].state = QueueState::kPlanned;
  table.queues[0].reason.clear();
  table.queues[0].message = "a word";
  EXPECT_EQ(PlanText(Orders(), table),
            "BROKER    QUEUE  MIN  MAX   BEFORE  TARGET  REPLAY  SKIP  STATE    REASON\n"
            "broker-a  3      0    1042  1040    310     730     0     Planned  \n"
            "broker-a queue 3: a word\n");
}

TEST(TableTextTest, OtherTopicsAreNamed) {
  Table table = OneRow();
  table.queues[0].topic = "%RETRY%billing";
  EXPECT_EQ(OutcomeText(Orders(), table).substr(0, 5), "TOPIC");
}

TEST(TableTextTest, CsvHoldsWhatBrokersMaySay) {
  Table table = OneRow();
  table.queues[0].replay = ReplayProgress{1, 9, 5, 3, 1, 0, 0};
  table.queues[0].message = "no, \"not\" now\nlater";
  table.queues[0].reason = "=HYPERLINK(1)";
  EXPECT_EQ(TableCsv(table),
            "topic,broker,queue,min,max,before,target,reported,after,begin,end,next,delivered,"
            "filtered,missing,repeated,state,reason,message\r\n"
            "orders,broker-a,3,0,1042,1040,310,,310,1,9,5,3,1,0,0,Applied,'=HYPERLINK(1),"
            "\"no, \"\"not\"\" now\nlater\"\r\n");
}

}  // namespace
}  // namespace rewindmq::reset
