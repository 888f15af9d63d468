#include "tests/unit/broker/store/store_fixture.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include "broker/store/segment_list.h"

namespace rewindmq::store {

void StoreTest::InKilledProcess(const std::function<void()>& work) {
  pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Open();
    if (!HasFatalFailure()) work();
    if (HasFailure()) ::_exit(1);
    // Not _exit: a sanitizer keeps the process for a second, in which the store goes on syncing.
    ::raise(SIGKILL);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << "the child failed";
}

std::vector<std::string> StoreTest::Bodies(std::string_view topic, int32_t queue_id,
                                           int64_t offset) {
  std::vector<std::string> bodies;
  while (true) {
    GetResult got = store_->Get(topic, queue_id, offset, 32, 1 << 20, {});
    for (const RecordView& view : got.records) {
      Result<Record> record = DecodeRecord(view.bytes, CrcCheck::kVerify);
      EXPECT_TRUE(record.ok()) << record.status().ToString();
      if (record.ok()) bodies.emplace_back(record->body);
    }
    if (got.status != GetStatus::kFound || got.next_begin_offset <= offset) return bodies;
    offset = got.next_begin_offset;
  }
}

void StoreTest::ExpectMessages(std::string_view topic, int32_t queue_id, int from, int end) {
  EXPECT_EQ(store_->MaxOffset(topic, queue_id), end) << topic << " " << queue_id;
  std::vector<std::string> bodies = Bodies(topic, queue_id, from);
  ASSERT_EQ(bodies.size(), static_cast<size_t>(end - from)) << topic << " " << queue_id;
  for (int i = from; i < end; ++i) {
    EXPECT_EQ(bodies[static_cast<size_t>(i - from)], "message " + std::to_string(i));
  }
}

std::string StoreTest::LogSegment(int index) const {
  return root() + "/commitlog/" + SegmentName(index * kTestSegmentBytes);
}

void OverwriteFile(const std::string& path, int64_t position, std::string_view bytes) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(position);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  ASSERT_TRUE(file.good()) << path;
}

std::string ReadPart(const std::string& path, int64_t position, size_t bytes) {
  std::ifstream file(path, std::ios::binary);
  std::string part(bytes, '\0');
  file.seekg(position);
  file.read(part.data(), static_cast<std::streamsize>(bytes));
  EXPECT_TRUE(file.good()) << path;
  return part;
}

}  // namespace rewindmq::store
