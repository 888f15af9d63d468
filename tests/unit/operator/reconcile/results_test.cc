// The rows for people, beside the object.

#include <algorithm>

#include "tests/unit/operator/reconcile/fixture.h"

namespace rewindmq::reconcile {
namespace {

class ResultsTest : public ReconcilerTest {
 protected:
  ResultsTest() { admin_.AddBroker("a", 2); }
};

TEST_F(ResultsTest, AreThereWhenItIsFinished) {
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(done.status.results_config_map_name, "r-results");
  auto& files = store_.results["r"];
  EXPECT_NE(files["table.txt"].find("AFTER"), std::string::npos) << files["table.txt"];
  EXPECT_NE(files["results.csv"].find("orders,a,1,"), std::string::npos) << files["results.csv"];
  EXPECT_EQ(api::Json::parse(files["results.json"])["queues"].size(), 2u);
}

TEST_F(ResultsTest, ShowAPlanThatWaitsForItsApproval) {
  store_.Put(ToBeApproved("r"));
  reconciler_->Reconcile({"team", "r"});
  EXPECT_EQ(store_.Read("r").status.results_config_map_name, "r-results");
  EXPECT_NE(store_.results["r"]["table.txt"].find("REPLAY  SKIP"), std::string::npos)
      << store_.results["r"]["table.txt"];
}

TEST_F(ResultsTest, HaveNoRowsWhenNothingWasPlanned) {
  api::Json object = Object("r");
  object["spec"]["topic"] = "nobody-knows";
  Finish(object);
  EXPECT_TRUE(store_.results.empty());
}

TEST_F(ResultsTest, AreNoReasonToFail) {
  store_.results_error = {ErrorCode::kRejected, "belongs to somebody else"};
  api::OffsetReset done = Finish(Object("r"));
  EXPECT_EQ(done.status.phase, "Succeeded");
  EXPECT_EQ(done.status.results_config_map_name, "");
  EXPECT_EQ(std::count(store_.events.begin(), store_.events.end(), "ResultsNotWritten"), 1);
}

TEST_F(ResultsTest, AreNotMissedWhereTheOperatorMayNotWriteThem) {
  store_.results_error = {ErrorCode::kPermissionDenied, "may not"};
  EXPECT_EQ(Finish(Object("r")).status.phase, "Succeeded");
  EXPECT_EQ(std::count(store_.events.begin(), store_.events.end(), "ResultsNotWritten"), 0);
}

}  // namespace
}  // namespace rewindmq::reconcile
