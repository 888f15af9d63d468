#pragma once
// The names of the simulated disk: folders, files and hard links, as the process sees them and as
// the disk is sure to have them. A change of names is one entry of a journal until its folder is
// synced; a rename is one entry, so it happens as a whole or not at all.
//
// Power loss keeps a prefix of the journal, in the order in which the changes were made: all that
// ext4 can produce, as it commits its metadata in order. Syncing a folder makes durable the changes
// in that folder and those before them that they rest on, and no others: less than ext4 does, and
// all that POSIX promises.
// Thread safety: none; the SimDisk locks.

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/base/status.h"
#include "tests/sim/disk/random.h"
#include "tests/sim/disk/sim_file.h"

namespace rewindmq::sim {

class NameTree {
 public:
  NameTree() : root_(std::make_shared<Node>()) {}

  // Null when there is no such file, or when it is a folder.
  std::shared_ptr<SimFile> FindFile(const std::string& path) const;
  bool Exists(const std::string& path) const { return Find(path) != nullptr; }
  // The file, made when it is missing. kNotFound when its folder is missing.
  Result<std::shared_ptr<SimFile>> FindOrCreate(const std::string& path);
  Status MakeDirectories(const std::string& path);
  Status Link(const std::string& from, const std::string& to);
  Status Rename(const std::string& from, const std::string& to);
  // kNotFound when it is missing; kInvalidArgument for a folder.
  Status Remove(const std::string& path);
  Status RemoveTree(const std::string& path);
  Result<std::vector<std::string>> List(const std::string& path) const;

  Status SyncDirectory(const std::string& path);
  void SyncAll() { Commit(journal_.size()); }
  // Commits the oldest changes, as the kernel does every few seconds.
  void CommitSome(Random* random);
  // Power is gone. Every file that still has a name goes through its own crash.
  void Crash(Random* random, CrashStyle style);
  // Every file once, whatever the number of its names, in the order of their paths.
  void ForEachFile(const std::function<void(const std::string& path, SimFile* file)>& visit) const;

 private:
  struct Node;
  using Entries = std::map<std::string, std::shared_ptr<Node>>;
  struct Node {
    std::shared_ptr<SimFile> file;  // null for a folder
    Entries now;
    Entries durable;
  };
  struct Change {
    std::shared_ptr<Node> folder;
    std::string name;
    std::shared_ptr<Node> target;  // null: the name goes
  };
  using Changes = std::vector<Change>;

  std::shared_ptr<Node> Find(const std::string& path) const;
  void Apply(Changes changes);
  void Commit(size_t count);
  void RemoveBelow(const std::shared_ptr<Node>& folder);

  std::shared_ptr<Node> root_;
  std::vector<Changes> journal_;  // not durable yet, oldest first
};

}  // namespace rewindmq::sim
