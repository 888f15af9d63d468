// Any bytes as a CommitLog record: decoding stays inside them, and what was decoded is what they
// say: written again it gives the same bytes wherever there is only one way to write it.

#include <string>

#include "broker/store/record.h"
#include "tests/fuzz/check.h"

namespace rewindmq::store {
namespace {

MessageToPut MessageOf(const Record& record) {
  MessageToPut message;
  message.topic = record.topic;
  message.queue_id = record.queue_id;
  message.flag = record.flag;
  message.sys_flag = record.sys_flag;
  message.born_timestamp_ms = record.born_timestamp_ms;
  message.born_host = record.born_host;
  message.store_host = record.store_host;
  message.reconsume_times = record.reconsume_times;
  message.prepared_transaction_offset = record.prepared_transaction_offset;
  message.body = record.body;
  message.properties = record.properties;
  return message;
}

// What the encoder takes for a checksum that a client sent, and drops.
std::string_view CrcProperty(const Record& record) {
  if (record.properties.size() < kRecordCrcBytes) return {};
  std::string_view last = record.properties.substr(record.properties.size() - kRecordCrcBytes);
  return last.starts_with(kPropertyRecordCrc) ? last : std::string_view();
}

// What the decoder verifies.
bool IsSealed(const Record& record) {
  std::string_view last = CrcProperty(record);
  return !last.empty() && last[kPropertyRecordCrc.size()] == '\x01' && last.back() == '\x02';
}

// Whether EncodeRecord would write this record as it is here.
bool IsCanonical(const Record& record) {
  bool needs_v2 = record.topic.size() > kMaxTopicBytesV1;
  if (needs_v2 != (record.magic == kMagicV2)) return false;
  if (record.properties.size() > kMaxPropertiesBytes) return false;
  if (CrcProperty(record).empty()) return true;
  size_t before = record.properties.size() - kRecordCrcBytes;
  return before == 0 || record.properties[before - 1] == '\x02';
}

std::string Encode(const Record& record, RecordCrc crc) {
  MessageToPut message = MessageOf(record);
  RecordPlace place;
  place.queue_offset = record.queue_offset;
  place.physical_offset = record.physical_offset;
  place.store_timestamp_ms = record.store_timestamp_ms;
  place.body_crc = record.body_crc;
  fuzz::ExactBytes bytes(std::string(static_cast<size_t>(RecordBytes(message, crc)), '\0'));
  EncodeRecord(message, place, crc, bytes.data());
  return std::string(bytes.view());
}

void CheckSameFields(const Record& a, const Record& b) {
  FUZZ_CHECK(a.body_crc == b.body_crc && a.queue_id == b.queue_id && a.flag == b.flag);
  FUZZ_CHECK(a.queue_offset == b.queue_offset && a.physical_offset == b.physical_offset);
  FUZZ_CHECK(a.sys_flag == b.sys_flag && a.reconsume_times == b.reconsume_times);
  FUZZ_CHECK(a.born_timestamp_ms == b.born_timestamp_ms && a.born_host == b.born_host);
  FUZZ_CHECK(a.store_timestamp_ms == b.store_timestamp_ms && a.store_host == b.store_host);
  FUZZ_CHECK(a.prepared_transaction_offset == b.prepared_transaction_offset);
  FUZZ_CHECK(a.body == b.body && a.topic == b.topic);
}

void CheckDecoded(std::string_view bytes, const Record& record, bool crc_holds) {
  FUZZ_CHECK(record.total_bytes >= kMinRecordBytes);
  std::string_view whole = bytes.substr(0, static_cast<size_t>(record.total_bytes));
  for (std::string_view part : {record.body, record.topic, record.properties}) {
    FUZZ_CHECK(fuzz::Within(part, whole));
  }
  FUZZ_CHECK(StoreTimestampOf(whole) == record.store_timestamp_ms);
  for (std::string_view key : {kPropertyTags, kPropertyKeys, kPropertyRecordCrc}) {
    FUZZ_CHECK(fuzz::Within(FindProperty(record.properties, key).value_or(""), whole));
  }
  // The encoder takes properties up to its own limit only.
  if (record.properties.size() > kMaxPropertiesBytes) return;
  for (RecordCrc crc : {RecordCrc::kNone, RecordCrc::kAppend}) {
    std::string again = Encode(record, crc);
    Result<Record> decoded = DecodeRecord(again, CrcCheck::kSkip);
    FUZZ_CHECK(decoded.ok());
    CheckSameFields(record, *decoded);
    bool same =
        crc == RecordCrc::kNone ? CrcProperty(record).empty() : IsSealed(record) && crc_holds;
    FUZZ_CHECK(!same || !IsCanonical(record) || again == whole);
  }
}

}  // namespace
}  // namespace rewindmq::store

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  using namespace rewindmq::store;
  fuzz::ExactBytes bytes(fuzz::ViewOf(data, size));
  Result<Record> unchecked = DecodeRecord(bytes.view(), CrcCheck::kSkip);
  Result<Record> checked = DecodeRecord(bytes.view(), CrcCheck::kVerify);
  FUZZ_CHECK(unchecked.ok() || !checked.ok());
  if (unchecked.ok()) CheckDecoded(bytes.view(), *unchecked, checked.ok());
  return 0;
}
