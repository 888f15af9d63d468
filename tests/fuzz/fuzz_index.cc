// Any bytes as index files: opened, searched, repaired and written to. Nothing is read or written
// outside of a file, every walk ends, and an entry that was put is found.
// Input: flags, a hash, a moment, a log end; then the content of one or two files.

#include <algorithm>

#include "broker/store/index_table.h"
#include "common/base/bytes.h"
#include "common/base/log.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/memory_disk.h"

namespace rewindmq::store {
namespace {

constexpr IndexShape kShape{.slots = 7, .entries = 24};
constexpr char kFolder[] = "index";
constexpr int kMaxFiles = 6;

struct Input {
  bool was_closed = false;
  bool two_files = false;
  bool time_known = false;
  bool indexed_end_known = false;
  int32_t hash = 0;
  int64_t time_ms = 0;
  int64_t log_end = 0;
  std::string_view content;
};

Input Parse(std::string_view bytes) {
  ByteReader reader(bytes);
  auto flags = reader.Read<uint8_t>();
  Input input;
  input.was_closed = (flags & 1) != 0;
  input.two_files = (flags & 2) != 0;
  input.time_known = (flags & 4) != 0;
  input.indexed_end_known = (flags & 8) != 0;
  input.hash = reader.Read<int32_t>() & INT32_MAX;
  input.time_ms = reader.Read<int64_t>();
  input.log_end = reader.Read<int64_t>() & INT64_MAX;
  input.content = reader.rest();
  return input;
}

std::string_view Cut(std::string_view* content) {
  std::string_view file = content->substr(0, static_cast<size_t>(kShape.file_bytes()));
  content->remove_prefix(file.size());
  return file;
}

IndexTrust TrustOf(const Input& input) {
  IndexTrust trust;
  trust.was_closed = input.was_closed;
  trust.index_timestamp_ms = input.time_ms;
  if (input.indexed_end_known) trust.indexed_end = input.log_end;
  trust.log_end = input.log_end;
  trust.time_of = [&](int64_t) {
    return input.time_known ? std::optional<int64_t>(input.time_ms) : std::nullopt;
  };
  return trust;
}

void CheckFind(const IndexTable& table, const Input& input) {
  int visits = 0;
  for (int64_t begin_ms : {INT64_MIN, int64_t{0}, input.time_ms}) {
    table.Find(input.hash, begin_ms, INT64_MAX, [&](int64_t) { return ++visits < 1'000'000; });
  }
  FUZZ_CHECK(visits <= 3 * kMaxFiles * kShape.entries);
}

void Run(const Input& input) {
  fuzz::MemoryDisk disk;
  std::string_view content = input.content;
  const auto no_sync = FileSystem::Sync::kNo;
  for (const char* name : {"index/20240101000000000", "index/20240101000000001"}) {
    FUZZ_CHECK(disk.files().Write(name, Cut(&content), no_sync).ok());
    if (!input.two_files) break;
  }
  FakeClock clock(1'700'000'000'000);
  IndexTable table({.disk = &disk, .directory = kFolder, .shape = kShape, .clock = &clock});
  FUZZ_CHECK(disk.files().Exists(kFolder));  // or nothing of the input would be read
  FUZZ_CHECK(table.Load().ok());
  Result<int64_t> from = table.Settle(TrustOf(input));
  FUZZ_CHECK(from.ok() && *from >= 0 && *from <= input.log_end);
  CheckFind(table, input);
  std::optional<IndexEnd> newest = table.Newest();
  int64_t next = std::max<int64_t>(newest ? newest->physical_offset : 0, 0);
  for (int32_t i = 0; i < 2 * kShape.entries && next < INT64_MAX - 1; ++i) {
    ++next;
    FUZZ_CHECK(table.Put(input.hash, next, input.time_ms).ok());
    FUZZ_CHECK(table.Holds(input.hash, next));
  }
  CheckFind(table, input);
  FUZZ_CHECK(table.Sync().ok());
  FUZZ_CHECK(table.RemoveBefore(next).ok());
}

}  // namespace
}  // namespace rewindmq::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  spdlog::set_level(spdlog::level::off);
  fuzz::ExactBytes bytes(fuzz::ViewOf(data, size));
  store::Run(store::Parse(bytes.view()));
  return 0;
}
