#include "tests/sim/disk/name_tree.h"

#include <gtest/gtest.h>

#include <set>

namespace rewindmq::sim {
namespace {

void Put(NameTree* names, const std::string& path, std::string_view content) {
  Result<std::shared_ptr<SimFile>> file = names->FindOrCreate(path);
  ASSERT_TRUE(file.ok()) << file.status().ToString();
  (*file)->Truncate(0);
  (*file)->WriteAt(0, content);
  (*file)->SyncAll();
}

std::string ContentOf(const NameTree& names, const std::string& path) {
  std::shared_ptr<SimFile> file = names.FindFile(path);
  return file == nullptr ? "(missing)" : std::string(file->content());
}

void Crash(NameTree* names, uint64_t seed) {
  Random random(seed);
  names->Crash(&random, CrashStyle::kEachPage);
}

TEST(NameTreeTest, ANameLastsOnceItsFolderWasSynced) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    NameTree names;
    ASSERT_TRUE(names.MakeDirectories("/d").ok());
    ASSERT_TRUE(names.SyncDirectory("/").ok());
    Put(&names, "/d/a", "a");
    ASSERT_TRUE(names.SyncDirectory("/d").ok());
    Put(&names, "/d/b", "b");
    Crash(&names, seed);
    EXPECT_EQ(ContentOf(names, "/d/a"), "a");
    seen.insert(ContentOf(names, "/d/b"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"b", "(missing)"}));
}

TEST(NameTreeTest, ASyncedFolderWhoseOwnNameWasNotSyncedMayBeGone) {
  bool gone = false;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    NameTree names;
    ASSERT_TRUE(names.MakeDirectories("/d").ok());
    Put(&names, "/d/a", "a");
    ASSERT_TRUE(names.SyncDirectory("/d").ok());
    Crash(&names, seed);
    gone |= !names.Exists("/d");
  }
  EXPECT_TRUE(gone);
}

TEST(NameTreeTest, ARenameIsAtomic) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 40; ++seed) {
    NameTree names;
    Put(&names, "/a", "old");
    Put(&names, "/a.tmp", "new");
    ASSERT_TRUE(names.SyncDirectory("/").ok());
    ASSERT_TRUE(names.Rename("/a.tmp", "/a").ok());
    EXPECT_EQ(ContentOf(names, "/a"), "new");
    Crash(&names, seed);
    seen.insert(ContentOf(names, "/a") + " " + ContentOf(names, "/a.tmp"));
  }
  EXPECT_EQ(seen, (std::set<std::string>{"old new", "new (missing)"}));
}

TEST(NameTreeTest, PowerLossKeepsAPrefixOfTheChanges) {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 100; ++seed) {
    NameTree names;
    for (char name : {'a', 'b', 'c'}) Put(&names, std::string("/") + name, "x");
    Crash(&names, seed);
    std::string left;
    for (const std::string& name : *names.List("/")) left += name;
    seen.insert(left);
  }
  EXPECT_EQ(seen, (std::set<std::string>{"", "a", "ab", "abc"}));
}

TEST(NameTreeTest, SyncingAFolderTakesWhatTheChangeRestsOnAndNoMore) {
  NameTree names;
  ASSERT_TRUE(names.MakeDirectories("/from").ok());
  ASSERT_TRUE(names.MakeDirectories("/to").ok());
  ASSERT_TRUE(names.MakeDirectories("/other").ok());
  ASSERT_TRUE(names.SyncDirectory("/").ok());
  Put(&names, "/other/o", "o");
  Put(&names, "/from/a", "a");
  ASSERT_TRUE(names.Rename("/from/a", "/to/a").ok());
  ASSERT_TRUE(names.SyncDirectory("/to").ok());
  Random random(1);
  names.Crash(&random, CrashStyle::kDropAll);
  EXPECT_EQ(ContentOf(names, "/to/a"), "a");
  EXPECT_FALSE(names.Exists("/from/a"));
  EXPECT_FALSE(names.Exists("/other/o"));
}

TEST(NameTreeTest, HardLinksShareTheirContent) {
  NameTree names;
  Put(&names, "/a", "first");
  ASSERT_TRUE(names.Link("/a", "/b").ok());
  EXPECT_EQ(names.Link("/a", "/b").code(), ErrorCode::kConflict);
  EXPECT_EQ(names.Link("/none", "/c").code(), ErrorCode::kNotFound);
  ASSERT_TRUE(names.SyncDirectory("/").ok());
  names.FindFile("/a")->WriteAt(0, "other");
  EXPECT_EQ(ContentOf(names, "/b"), "other");
  ASSERT_TRUE(names.Remove("/a").ok());
  EXPECT_EQ(ContentOf(names, "/b"), "other");
}

TEST(NameTreeTest, ATreeIsRemovedPieceByPiece) {
  std::set<size_t> left;
  for (uint64_t seed = 0; seed < 60; ++seed) {
    NameTree names;
    ASSERT_TRUE(names.MakeDirectories("/d/e").ok());
    Put(&names, "/d/a", "a");
    Put(&names, "/d/e/b", "b");
    for (const char* folder : {"/", "/d", "/d/e"}) ASSERT_TRUE(names.SyncDirectory(folder).ok());
    ASSERT_TRUE(names.RemoveTree("/d").ok());
    EXPECT_FALSE(names.Exists("/d"));
    Crash(&names, seed);
    size_t found = 0;
    for (const char* path : {"/d", "/d/a", "/d/e", "/d/e/b"}) found += names.Exists(path) ? 1 : 0;
    left.insert(found);
  }
  EXPECT_EQ(left, (std::set<size_t>{0, 1, 2, 3, 4}));
}

TEST(NameTreeTest, SaysWhatIsMissing) {
  NameTree names;
  EXPECT_EQ(names.FindOrCreate("/d/a").status().code(), ErrorCode::kNotFound);
  EXPECT_EQ(names.Rename("/a", "/b").code(), ErrorCode::kNotFound);
  EXPECT_EQ(names.Remove("/a").code(), ErrorCode::kNotFound);
  EXPECT_EQ(names.List("/d").status().code(), ErrorCode::kNotFound);
  EXPECT_EQ(names.SyncDirectory("/d").code(), ErrorCode::kNotFound);
  EXPECT_TRUE(names.RemoveTree("/d").ok());
}

}  // namespace
}  // namespace rewindmq::sim
