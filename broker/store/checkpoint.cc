#include "broker/store/checkpoint.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/base/bytes.h"
#include "common/base/file.h"

namespace rewindmq::store {
namespace {

constexpr size_t kCheckpointBytes = 4096;
constexpr int64_t kSafetyMs = 3000;

}  // namespace

int64_t Checkpoint::SafeTimestampMs() const {
  return std::max<int64_t>(0, std::min(log_timestamp_ms, queue_timestamp_ms) - kSafetyMs);
}

Result<Checkpoint> LoadCheckpoint(const std::string& path) {
  Result<std::string> content = ReadFile(path, kCheckpointBytes);
  if (!content.ok() && content.status().code() == ErrorCode::kNotFound) return Checkpoint{};
  if (!content.ok()) return content.status();
  content->resize(kCheckpointBytes, '\0');
  ByteReader reader(*content);
  Checkpoint checkpoint;
  checkpoint.log_timestamp_ms = reader.Read<int64_t>();
  checkpoint.queue_timestamp_ms = reader.Read<int64_t>();
  checkpoint.index_timestamp_ms = reader.Read<int64_t>();
  for (int64_t& value : checkpoint.other) value = reader.Read<int64_t>();
  return checkpoint;
}

Status SaveCheckpoint(const std::string& path, const Checkpoint& checkpoint, SyncCheckpoint sync) {
  std::string page;
  AppendBe(&page, checkpoint.log_timestamp_ms);
  AppendBe(&page, checkpoint.queue_timestamp_ms);
  AppendBe(&page, checkpoint.index_timestamp_ms);
  for (int64_t value : checkpoint.other) AppendBe(&page, value);
  page.resize(kCheckpointBytes, '\0');
  FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return Status::FromErrno("open " + path, errno);
  ssize_t written;
  do {
    written = ::pwrite(file.get(), page.data(), page.size(), 0);
  } while (written < 0 && errno == EINTR);
  if (written < 0) return Status::FromErrno("write " + path, errno);
  if (written != static_cast<ssize_t>(page.size())) {
    return Status(ErrorCode::kIo, "write " + path + ": only a part was written");
  }
  if (sync == SyncCheckpoint::kYes && ::fdatasync(file.get()) != 0) {
    return Status::FromErrno("sync " + path, errno);
  }
  return Status::Ok();
}

}  // namespace rewindmq::store
