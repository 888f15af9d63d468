// Writes of which power loss kept only some sectors.

#include <gtest/gtest.h>

#include <string>

#include "broker/store/record.h"
#include "common/base/crc32.h"
#include "tests/sim/harness/damage.h"
#include "tests/sim/harness/seeds.h"
#include "tests/sim/harness/sim_store.h"

namespace rewindmq::sim {
namespace {

constexpr int64_t kSector = static_cast<int64_t>(kSectorBytes);

// The end of a record was lost, and with it the checksum over all of it. The body's own was right,
// and a consumer got properties with zeros in them.
TEST(TornWriteTest, ARecordThatEndsInZerosIsNotWhole) {
  const std::string properties = "TAGS\001A\002KEYS\001k\002";
  store::MessageToPut message;
  message.topic = "topic";
  message.body = "body";
  message.properties = properties;
  const auto bytes = static_cast<size_t>(store::RecordBytes(message, store::RecordCrc::kAppend));
  for (size_t lost = 1; lost < properties.size() + store::kRecordCrcBytes; ++lost) {
    std::string record(bytes, '\0');
    store::RecordPlace place;
    place.body_crc = JavaCrc32(message.body);
    store::EncodeRecord(message, place, store::RecordCrc::kAppend, record.data());
    ASSERT_TRUE(store::DecodeRecord(record, store::CrcCheck::kVerify).ok());
    record.replace(bytes - lost, lost, lost, '\0');
    EXPECT_FALSE(store::DecodeRecord(record, store::CrcCheck::kVerify).ok())
        << lost << " bytes are missing";
  }
}

// Fewer than 64 bytes of a record lay in the sector that was lost. The hole was taken for damage
// and kept, and the message behind it, never acknowledged, stood behind a gap in its queue. Of
// three bytes only the last says something, the second lowest of the record's size.
TEST(TornWriteTest, AShortHoleAtTheStartOfARecordIsNoDamage) {
  QuietLog();
  for (int64_t in_front : {3, 8, 22, 63, 64, 200}) {
    SimStore sim(1);
    ASSERT_TRUE(sim.Open().ok());
    store::MessageToPut message;
    message.topic = "topic";
    int64_t empty_bytes = store::RecordBytes(message, store::RecordCrc::kAppend);
    std::string first(static_cast<size_t>(4 * kSector - empty_bytes - in_front), 'a');
    std::string second(1000, 'b');
    for (const std::string& body : {first, second, second}) {
      message.body = body;
      ASSERT_TRUE(sim.store().Put(message).ok());
    }
    sim.Kill();
    std::string path = PathsWith(&sim, "/commitlog/")[0];
    std::string content = ReadAll(&sim, path);
    auto hole = static_cast<size_t>(4 * kSector - in_front);
    content.replace(hole, static_cast<size_t>(in_front), static_cast<size_t>(in_front), '\0');
    Replace(&sim, path, content);
    ASSERT_TRUE(sim.Open().ok());
    EXPECT_TRUE(sim.store().Damages().empty()) << in_front << " bytes in front of the sector's end";
    EXPECT_EQ(sim.store().MaxOffset("topic", 0), 1);
  }
}

// The last record of a segment was damaged. The unused rest of the segment, zeros as always, was
// taken for a write that power loss had dropped, and the whole next segment was cut off.
TEST(TornWriteTest, TheUnusedRestOfASegmentIsNoHole) {
  QuietLog();
  SimStore sim(1);
  ASSERT_TRUE(sim.Open().ok());
  const QueueName queue = {"topic", 0};
  const int64_t segment_bytes = sim.Options().commit_log_segment_bytes;
  while (sim.store().MaxPhysicalOffset() < segment_bytes + kSector) {
    ASSERT_TRUE(sim.PutTo(queue, 1, 9000).ok());
  }
  ASSERT_TRUE(sim.Flush());
  History::Queue& sent = sim.history().queues()[queue];
  size_t last = 0;
  while (sent[last + 1].physical_offset < segment_bytes) ++last;
  ASSERT_LT(sent[last].end_offset + kSector, segment_bytes) << "there is no rest to look at";
  sim.Kill();
  std::string path = PathsWith(&sim, "/commitlog/")[0];
  std::string content = ReadAll(&sim, path);
  content[static_cast<size_t>(sent[last].end_offset) - 30] ^= 1;
  Replace(&sim, path, content);
  ASSERT_TRUE(sim.Open().ok());
  EXPECT_EQ(ExpectDamageReported(sim.store(), sim.history(), INT64_MAX, &sim.random()), 1);
}

}  // namespace
}  // namespace rewindmq::sim
