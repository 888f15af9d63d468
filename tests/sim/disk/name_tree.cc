#include "tests/sim/disk/name_tree.h"

#include <set>
#include <string_view>
#include <utility>

namespace rewindmq::sim {
namespace {

std::vector<std::string> PartsOf(const std::string& path) {
  std::vector<std::string> parts;
  size_t from = 0;
  while (from < path.size()) {
    size_t end = std::min(path.find('/', from), path.size());
    if (end > from) parts.push_back(path.substr(from, end - from));
    from = end + 1;
  }
  return parts;
}

struct Place {
  std::string folder;
  std::string name;
};

Place PlaceOf(const std::string& path) {
  size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {"", path};
  return {path.substr(0, slash), path.substr(slash + 1)};
}

Status Missing(const std::string& path) {
  return Status(ErrorCode::kNotFound, path + ": no such file or folder");
}

}  // namespace

std::shared_ptr<NameTree::Node> NameTree::Find(const std::string& path) const {
  std::shared_ptr<Node> node = root_;
  for (const std::string& part : PartsOf(path)) {
    auto entry = node->now.find(part);
    if (entry == node->now.end()) return nullptr;
    node = entry->second;
  }
  return node;
}

std::shared_ptr<SimFile> NameTree::FindFile(const std::string& path) const {
  std::shared_ptr<Node> node = Find(path);
  return node == nullptr ? nullptr : node->file;
}

void NameTree::Apply(Changes changes) {
  for (const Change& change : changes) {
    if (change.target == nullptr) {
      change.folder->now.erase(change.name);
    } else {
      change.folder->now[change.name] = change.target;
    }
  }
  journal_.push_back(std::move(changes));
}

void NameTree::Commit(size_t count) {
  for (size_t i = 0; i < count; ++i) {
    for (const Change& change : journal_[i]) {
      if (change.target == nullptr) {
        change.folder->durable.erase(change.name);
      } else {
        change.folder->durable[change.name] = change.target;
      }
    }
  }
  journal_.erase(journal_.begin(), journal_.begin() + static_cast<std::ptrdiff_t>(count));
}

Result<std::shared_ptr<SimFile>> NameTree::FindOrCreate(const std::string& path) {
  if (std::shared_ptr<Node> found = Find(path)) {
    if (found->file == nullptr) return Status(ErrorCode::kIo, path + " is a folder");
    return found->file;
  }
  Place place = PlaceOf(path);
  std::shared_ptr<Node> folder = Find(place.folder);
  if (folder == nullptr) return Missing(place.folder);
  auto node = std::make_shared<Node>();
  node->file = std::make_shared<SimFile>();
  Apply({{folder, place.name, node}});
  return node->file;
}

Status NameTree::MakeDirectories(const std::string& path) {
  std::shared_ptr<Node> node = root_;
  for (const std::string& part : PartsOf(path)) {
    if (node->file != nullptr) return Status(ErrorCode::kIo, path + " lies inside a file");
    if (!node->now.contains(part)) Apply({{node, part, std::make_shared<Node>()}});
    node = node->now[part];
  }
  return Status::Ok();
}

Status NameTree::Link(const std::string& from, const std::string& to) {
  std::shared_ptr<Node> node = Find(from);
  Place place = PlaceOf(to);
  std::shared_ptr<Node> folder = Find(place.folder);
  if (node == nullptr || folder == nullptr) return Missing(node == nullptr ? from : to);
  if (folder->now.contains(place.name)) return Status(ErrorCode::kConflict, to + " exists");
  Apply({{folder, place.name, node}});
  return Status::Ok();
}

Status NameTree::Rename(const std::string& from, const std::string& to) {
  std::shared_ptr<Node> node = Find(from);
  Place old_place = PlaceOf(from);
  Place new_place = PlaceOf(to);
  std::shared_ptr<Node> new_folder = Find(new_place.folder);
  if (node == nullptr || new_folder == nullptr) return Missing(node == nullptr ? from : to);
  std::shared_ptr<Node> target = Find(to);
  if (target != nullptr && target->file == nullptr && !target->now.empty()) {
    return Status(ErrorCode::kIo, to + " is a folder that is not empty");
  }
  // Two names of one file: rename does nothing, as POSIX has it.
  if (target == node) return Status::Ok();
  Apply({{new_folder, new_place.name, node}, {Find(old_place.folder), old_place.name, nullptr}});
  return Status::Ok();
}

Status NameTree::Remove(const std::string& path) {
  std::shared_ptr<Node> node = Find(path);
  if (node == nullptr) return Missing(path);
  if (node->file == nullptr) return Status(ErrorCode::kInvalidArgument, path + " is a folder");
  Place place = PlaceOf(path);
  Apply({{Find(place.folder), place.name, nullptr}});
  return Status::Ok();
}

void NameTree::RemoveBelow(const std::shared_ptr<Node>& folder) {
  Entries entries = folder->now;
  for (const auto& [name, node] : entries) {
    if (node->file == nullptr) RemoveBelow(node);
    Apply({{folder, name, nullptr}});
  }
}

Status NameTree::RemoveTree(const std::string& path) {
  std::shared_ptr<Node> node = Find(path);
  if (node == nullptr) return Status::Ok();
  if (node->file == nullptr) RemoveBelow(node);
  Place place = PlaceOf(path);
  Apply({{Find(place.folder), place.name, nullptr}});
  return Status::Ok();
}

Result<std::vector<std::string>> NameTree::List(const std::string& path) const {
  std::shared_ptr<Node> node = Find(path);
  if (node == nullptr || node->file != nullptr) return Missing(path);
  std::vector<std::string> names;
  for (const auto& [name, entry] : node->now) names.push_back(name);
  return names;
}

Status NameTree::SyncDirectory(const std::string& path) {
  std::shared_ptr<Node> folder = Find(path);
  if (folder == nullptr || folder->file != nullptr) return Missing(path);
  // From the newest change back: what rests on it has to go with it.
  std::set<Node*> touched = {folder.get()};
  std::vector<Changes> committed;
  std::vector<Changes> left;
  for (auto changes = journal_.rbegin(); changes != journal_.rend(); ++changes) {
    bool touches = false;
    for (const Change& change : *changes) touches |= touched.contains(change.folder.get());
    if (touches) {
      for (const Change& change : *changes) touched.insert(change.folder.get());
    }
    (touches ? committed : left).push_back(std::move(*changes));
  }
  size_t count = committed.size();
  journal_.assign(std::make_move_iterator(committed.rbegin()),
                  std::make_move_iterator(committed.rend()));
  journal_.insert(journal_.end(), std::make_move_iterator(left.rbegin()),
                  std::make_move_iterator(left.rend()));
  Commit(count);
  return Status::Ok();
}

void NameTree::CommitSome(Random* random) { Commit(random->Below(journal_.size() + 1)); }

void NameTree::Crash(Random* random, CrashStyle style) {
  if (style == CrashStyle::kKeepAll) Commit(journal_.size());
  if (style == CrashStyle::kEachPage) CommitSome(random);
  journal_.clear();
  std::vector<std::shared_ptr<Node>> folders = {root_};
  while (!folders.empty()) {
    std::shared_ptr<Node> folder = folders.back();
    folders.pop_back();
    folder->now = folder->durable;
    for (const auto& [name, node] : folder->now) {
      if (node->file == nullptr) folders.push_back(node);
    }
  }
  ForEachFile([&](const std::string&, SimFile* file) { file->Crash(random, style); });
}

void NameTree::ForEachFile(
    const std::function<void(const std::string& path, SimFile* file)>& visit) const {
  std::set<SimFile*> seen;
  std::function<void(const std::string&, const Node&)> walk = [&](const std::string& path,
                                                                  const Node& folder) {
    for (const auto& [name, node] : folder.now) {
      if (node->file == nullptr) {
        walk(path + "/" + name, *node);
      } else if (seen.insert(node->file.get()).second) {
        visit(path + "/" + name, node->file.get());
      }
    }
  };
  walk("", *root_);
}

}  // namespace rewindmq::sim
