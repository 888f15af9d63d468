#include "broker/store/checkpoint.h"

#include <algorithm>

#include "common/base/bytes.h"
#include "common/base/crc32.h"

namespace rewindmq::store {
namespace {

constexpr size_t kCheckpointBytes = 4096;
constexpr int64_t kSafetyMs = 3000;
constexpr size_t kJavaBytes = 5 * sizeof(int64_t);
// Ours: magic 4, CRC 4 over the rest and Java's numbers, durable end 8, indexed end 8, last indexed
// offset 8, digest of the queues 8. Inside the first sector, behind what any version of Java uses.
constexpr size_t kOwnPosition = 256;
constexpr size_t kOwnHeadBytes = 8;
constexpr size_t kOwnBytes = kOwnHeadBytes + 4 * sizeof(int64_t);
constexpr uint32_t kOwnMagic = 0x52574D51;  // "RWMQ"

uint32_t OwnCrc(std::string_view page) {
  uint32_t crc = Crc32(page.substr(0, kJavaBytes));
  return Crc32(page.substr(kOwnPosition + kOwnHeadBytes, kOwnBytes - kOwnHeadBytes), crc);
}

std::optional<int64_t> ReadOffset(ByteReader* reader) {
  int64_t offset = reader->Read<int64_t>();
  if (offset < 0) return std::nullopt;
  return offset;
}

}  // namespace

int64_t Checkpoint::SafeTimestampMs() const {
  return std::max<int64_t>(0, std::min(log_timestamp_ms, queue_timestamp_ms) - kSafetyMs);
}

Result<Checkpoint> LoadCheckpoint(FileSystem& files, const std::string& path) {
  Result<std::string> page = files.Read(path, kCheckpointBytes);
  if (!page.ok() && page.status().code() == ErrorCode::kNotFound) return Checkpoint{};
  if (!page.ok()) return page.status();
  page->resize(kCheckpointBytes, '\0');
  ByteReader reader(*page);
  Checkpoint checkpoint;
  checkpoint.log_timestamp_ms = reader.Read<int64_t>();
  checkpoint.queue_timestamp_ms = reader.Read<int64_t>();
  checkpoint.index_timestamp_ms = reader.Read<int64_t>();
  for (int64_t& value : checkpoint.other) value = reader.Read<int64_t>();

  ByteReader own(std::string_view(*page).substr(kOwnPosition, kOwnBytes));
  if (own.Read<uint32_t>() == kOwnMagic && own.Read<uint32_t>() == OwnCrc(*page)) {
    checkpoint.durable_end = ReadOffset(&own);
    checkpoint.indexed_end = ReadOffset(&own);
    checkpoint.index_last_offset = ReadOffset(&own);
    checkpoint.queues_digest = ReadOffset(&own);
  }
  return checkpoint;
}

Status SaveCheckpoint(FileSystem& files, const std::string& path, const Checkpoint& checkpoint,
                      FileSystem::Sync sync) {
  std::string page;
  AppendBe(&page, checkpoint.log_timestamp_ms);
  AppendBe(&page, checkpoint.queue_timestamp_ms);
  AppendBe(&page, checkpoint.index_timestamp_ms);
  for (int64_t value : checkpoint.other) AppendBe(&page, value);
  page.resize(kOwnPosition + kOwnHeadBytes, '\0');
  AppendBe(&page, checkpoint.durable_end.value_or(-1));
  AppendBe(&page, checkpoint.indexed_end.value_or(-1));
  AppendBe(&page, checkpoint.index_last_offset.value_or(-1));
  AppendBe(&page, checkpoint.queues_digest.value_or(-1));
  StoreBe<uint32_t>(page.data() + kOwnPosition, kOwnMagic);
  StoreBe<uint32_t>(page.data() + kOwnPosition + sizeof(uint32_t), OwnCrc(page));
  page.resize(kCheckpointBytes, '\0');
  return files.WriteAt(path, 0, page, sync);
}

}  // namespace rewindmq::store
