// Any bytes as a file that a server reads at its start: metadata (topics, groups, offsets,
// replays, quarantine, deleted topics, checkpoint, KV configuration) and settings. The first byte
// picks the reader; its highest bit asks for the checksum that would make the content believed.

#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "broker/group/group_config_table.h"
#include "broker/offset/offset_table.h"
#include "broker/replay/replay_record.h"
#include "broker/store/checkpoint.h"
#include "broker/store/deleted_topics.h"
#include "broker/store/quarantine.h"
#include "broker/topic/topic_table.h"
#include "common/base/clock.h"
#include "common/base/metadata_file.h"
#include "common/base/settings.h"
#include "nameserver/kv_config.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/memory_files.h"

namespace rewindmq {
namespace {

constexpr uint8_t kSealed = 0x80;
constexpr int kKinds = 11;

// Some readers take paths only.
class RealFolder {
 public:
  RealFolder() {
    spdlog::set_level(spdlog::level::off);
    std::string pattern = (std::filesystem::temp_directory_path() / "fuzz_config_XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~RealFolder() { std::filesystem::remove_all(path_); }
  std::string Write(const std::string& name, std::string_view content) const {
    std::string path = path_ + "/" + name;
    std::ofstream(path, std::ios::binary | std::ios::trunc) << content;
    return path;
  }

 private:
  std::string path_;
};

void CheckSeal(std::string_view text) {
  // A whole object, as callers give it.
  if (!text.starts_with('{') || !text.ends_with('}')) return;
  std::string sealed = SealMetadata(text);
  FUZZ_CHECK(UnsealMetadata(sealed).ok());
  size_t position = sealed.size() / 4;
  bool is_content = position < sealed.rfind("\n\t\"crc32\":");
  sealed[position] = static_cast<char>(sealed[position] ^ 1);
  FUZZ_CHECK(!is_content || !UnsealMetadata(sealed).ok());
}

void CheckOffsets(FileSystem& files) {
  auto offsets = broker::OffsetTable::Load("config", files);
  if (!offsets.ok()) return;
  (*offsets)->Commit("group", "topic", 0, 1);
  FUZZ_CHECK((*offsets)->Persist().ok());
  FUZZ_CHECK(broker::OffsetTable::Load("config", files).ok());
}

void CheckReplays(std::string_view content) {
  auto records = broker::DecodeReplayRecords(content);
  if (!records.ok()) return;
  auto again = broker::DecodeReplayRecords(broker::EncodeReplayRecords(*records));
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(again->size() == records->size());
}

void CheckTopics(FileSystem& files) {
  auto topics = broker::TopicTable::Load("file", &SystemClock(), files);
  if (!topics.ok()) return;
  protocol::TopicConfig topic;
  topic.topic_name = "topic";
  FUZZ_CHECK((*topics)->Put(topic).ok());
  auto again = broker::TopicTable::Load("file", &SystemClock(), files);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK((*again)->Snapshot().topics.size() == (*topics)->Snapshot().topics.size());
}

void CheckQuarantine(FileSystem& files) {
  store::Quarantine quarantine(&files, "file");
  if (!quarantine.Load().ok()) return;
  FUZZ_CHECK(quarantine.bytes() >= 0);
  for (const store::DamagedRange& range : quarantine.All()) {
    FUZZ_CHECK(quarantine.EndOf(range.from) == range.end);
  }
  FUZZ_CHECK(quarantine.Add({INT64_MAX - 1, INT64_MAX, "\xff"}).ok());
  store::Quarantine again(&files, "file");
  FUZZ_CHECK(again.Load().ok());
  FUZZ_CHECK(again.All().size() == quarantine.All().size());
}

void CheckDeletedTopics(FileSystem& files) {
  store::DeletedTopics deleted(&files, "file");
  if (!deleted.Load().ok()) return;
  FUZZ_CHECK(deleted.Add("topic", 1).ok());
  store::DeletedTopics again(&files, "file");
  FUZZ_CHECK(again.Load().ok() && again.Contains("topic", 0));
}

void CheckSettings(const std::string& path) {
  Settings settings;
  if (!settings.LoadFile(path).ok()) return;
  int32_t number = 0;
  bool truth = false;
  for (const auto& [key, setting] : settings.all()) {
    static_cast<void>(settings.Read(key, &number, -5, 5).ok());
    static_cast<void>(settings.Read(key, &truth).ok());
    FUZZ_CHECK(number >= -5 && number <= 5);
    EnvironmentName(key);
  }
}

void Load(int kind, std::string_view content) {
  static const RealFolder real;
  fuzz::MemoryFiles files;
  const auto no_sync = FileSystem::Sync::kNo;
  for (const char* name : {"file", "config/consumerOffset.json", "config/resetOffset.json"}) {
    FUZZ_CHECK(files.Write(name, content, no_sync).ok());
  }
  switch (kind) {
    case 0:
      return CheckSeal(content);
    case 1:
      return CheckTopics(files);
    case 2:
      return static_cast<void>(
          broker::GroupConfigTable::Load("file", true, &SystemClock(), files).ok());
    case 3:
      return CheckOffsets(files);
    case 4:
      return CheckQuarantine(files);
    case 5:
      return CheckDeletedTopics(files);
    case 6:
      return static_cast<void>(store::LoadCheckpoint(files, "file").ok());
    case 7:
      return static_cast<void>(
          nameserver::KvConfig::Load(real.Write("kvConfig.json", content)).ok());
    case 8:
      return CheckSettings(real.Write("broker.conf", content));
    case 9:
      return CheckSettings(real.Write("broker.yaml", content));
    default:
      return CheckReplays(content);
  }
}

}  // namespace
}  // namespace rewindmq

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  std::string_view content = fuzz::ViewOf(data, size);
  uint8_t first = fuzz::TakeByte(&content);
  int kind = (first & ~kSealed) % kKinds;
  bool seal = (first & kSealed) != 0 && content.starts_with('{') && content.ends_with('}');
  Load(kind, seal ? SealMetadata(content) : std::string(content));
  return 0;
}
