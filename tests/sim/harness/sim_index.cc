#include "tests/sim/harness/sim_index.h"

#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "broker/store/record.h"

namespace rewindmq::sim {
namespace {

constexpr auto kDeadline = std::chrono::seconds(20);

}  // namespace

store::StoreOptions WithIndex(SimStore* sim) {
  store::StoreOptions options = sim->Options();
  options.message_index_enable = true;
  options.index_shape = {/*slots=*/64, /*entries=*/100};
  return options;
}

void WaitForIndex(const store::MessageStore& store) {
  auto deadline = std::chrono::steady_clock::now() + kDeadline;
  while (store.Stats().dispatch_lag_bytes > 0) {
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << "the index does not follow the log";
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

void ExpectReachableByKey(SimStore* sim) {
  WaitForIndex(sim->store());
  for (const auto& [name, sent] : sim->history().queues()) {
    for (const Sent& message : sent) {
      if (message.physical_offset < sim->store().MinPhysicalOffset()) continue;
      store::KeyQuery query;
      query.topic = name.first;
      query.key = message.key;
      store::KeyQueryResult found = sim->store().QueryByKey(query);
      ASSERT_EQ(found.records.size(), 1U)
          << "by key " << message.key << " of " << name.first << " at " << message.physical_offset;
      Result<store::Record> record =
          store::DecodeRecord(found.records[0].bytes, store::CrcCheck::kVerify);
      ASSERT_TRUE(record.ok()) << record.status().ToString();
      EXPECT_EQ(record->physical_offset, message.physical_offset);
    }
  }
}

}  // namespace rewindmq::sim
