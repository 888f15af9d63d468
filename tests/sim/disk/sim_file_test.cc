#include "tests/sim/disk/sim_file.h"

#include <gtest/gtest.h>

#include <set>

namespace rewindmq::sim {
namespace {

std::string Pages(size_t count, char fill) { return std::string(count * kPageBytes, fill); }

// How many of the pages are wholly of that letter.
size_t WholePages(std::string_view content, char fill) {
  size_t whole = 0;
  for (size_t from = 0; from + kPageBytes <= content.size(); from += kPageBytes) {
    whole += content.substr(from, kPageBytes) == Pages(1, fill) ? 1 : 0;
  }
  return whole;
}

TEST(SimFileTest, SyncedContentSurvivesEveryCrash) {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SimFile file;
    file.WriteAt(0, Pages(4, 'a'));
    file.SyncAll();
    Random random(seed);
    file.Crash(&random, CrashStyle::kEachPage);
    EXPECT_EQ(file.content(), Pages(4, 'a'));
  }
}

TEST(SimFileTest, UnsyncedPagesAreKeptDroppedAndTornOutOfOrder) {
  std::set<size_t> kept;
  bool torn = false;
  bool reordered = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SimFile file;
    file.WriteAt(0, Pages(8, 'a'));
    file.SyncAll();
    file.WriteAt(0, Pages(8, 'b'));
    Random random(seed);
    file.Crash(&random, CrashStyle::kEachPage);
    size_t whole_b = WholePages(file.content(), 'b');
    kept.insert(whole_b);
    torn |= whole_b + WholePages(file.content(), 'a') < 8;
    reordered |= file.content().find("ab") != std::string::npos;
    for (size_t from = 0; from < file.content().size(); from += kSectorBytes) {
      std::string_view sector = file.content().substr(from, kSectorBytes);
      EXPECT_EQ(sector, std::string(kSectorBytes, sector[0])) << "a sector is never torn";
    }
  }
  EXPECT_GT(kept.size(), 3U);
  EXPECT_TRUE(torn);
  EXPECT_TRUE(reordered);
}

TEST(SimFileTest, MemoryOfAMappingCountsAsUnsyncedUntilItIsSynced) {
  SimFile file;
  SimFile::Memory memory = file.Map(2 * kPageBytes);
  file.SyncAll();
  (*memory)[10] = 'x';
  (*memory)[kPageBytes + 10] = 'y';
  file.Sync(0, 1);
  Random random(1);
  file.Crash(&random, CrashStyle::kDropAll);
  EXPECT_EQ(file.content()[10], 'x');
  EXPECT_EQ(file.content()[kPageBytes + 10], '\0');
  (*memory)[11] = 'z';
  EXPECT_EQ(file.content()[11], '\0') << "the dead process still writes to the disk";
}

TEST(SimFileTest, ANewSizeMayBeLostOrBeThereWithoutItsContent) {
  std::set<size_t> sizes;
  bool zeros = false;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    SimFile file;
    file.WriteAt(0, Pages(3, 'a'));
    Random random(seed);
    file.Crash(&random, CrashStyle::kEachPage);
    sizes.insert(file.content().size());
    zeros |= WholePages(file.content(), '\0') > 0;
  }
  EXPECT_TRUE(sizes.contains(0));
  EXPECT_TRUE(sizes.contains(3 * kPageBytes));
  EXPECT_TRUE(zeros);
}

TEST(SimFileTest, ATruncationHappensAsAWholeOrNotAtAll) {
  bool happened = false;
  bool not_happened = false;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SimFile file;
    file.Map(3 * kPageBytes);
    file.WriteAt(0, Pages(3, 'a'));
    file.SyncAll();
    file.Truncate(kPageBytes);
    file.Map(3 * kPageBytes);
    Random random(seed);
    file.Crash(&random, CrashStyle::kEachPage);
    size_t left = WholePages(file.content(), 'a');
    EXPECT_TRUE(left == 1 || left == 3) << left;
    happened |= left == 1;
    not_happened |= left == 3;
  }
  EXPECT_TRUE(happened);
  EXPECT_TRUE(not_happened);
}

TEST(SimFileTest, AfterAFailedSyncASecondOneWritesNothing) {
  SimFile file;
  file.WriteAt(0, Pages(2, 'a'));
  file.SyncAll();
  file.WriteAt(0, Pages(2, 'b'));
  file.LoseDirty(0, file.content().size());
  file.WriteAt(kPageBytes, Pages(1, 'c'));  // dirty again
  file.SyncAll();
  EXPECT_EQ(file.content(), Pages(1, 'b') + Pages(1, 'c'));
  Random random(1);
  file.Crash(&random, CrashStyle::kKeepAll);
  EXPECT_EQ(file.content(), Pages(1, 'a') + Pages(1, 'c'));
}

TEST(SimFileTest, TheKernelWritesSomePagesByItself) {
  std::set<size_t> written;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    SimFile file;
    file.WriteAt(0, Pages(8, 'a'));
    file.SyncAll();
    file.WriteAt(0, Pages(8, 'b'));
    Random random(seed);
    file.WriteBackSome(&random);
    file.WriteAt(0, Pages(8, 'c'));
    file.Crash(&random, CrashStyle::kDropAll);
    written.insert(WholePages(file.content(), 'b'));
    EXPECT_EQ(WholePages(file.content(), 'c'), 0U);
  }
  EXPECT_GT(written.size(), 2U);
}

}  // namespace
}  // namespace rewindmq::sim
