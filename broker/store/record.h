#pragma once
// The CommitLog record, versions 1 and 2, and the properties inside it (RocketMQ's MessageDecoder
// and CommitLog.DefaultAppendMessageCallback). Layout, big-endian, with IPv4 hosts:
//   0 total size 4 | magic 4 | body CRC 4 | queue id 4 | flag 4 | queue offset 8 (at 20)
//   28 physical offset 8 | sys flag 4 | born time 8 | born host 4+4 | store time 8 (at 56)
//   64 store host 4+4 | reconsume times 4 | prepared transaction offset 8
//   84 body length 4, body | topic length 1 (v2: 2), topic | properties length 2, properties
// An IPv6 host takes 12 bytes more. Thread safety: pure functions.

#include <cstdint>
#include <optional>
#include <string_view>

#include "broker/store/host_address.h"
#include "broker/store/put_result.h"
#include "common/base/java_hash.h"
#include "common/base/status.h"

namespace rewindmq::store {

inline constexpr int32_t kMagicV1 = static_cast<int32_t>(0xDAA320A7);
inline constexpr int32_t kMagicV2 = static_cast<int32_t>(0xDAA320AB);
inline constexpr int32_t kMagicBlank = static_cast<int32_t>(0xCBD43194);

inline constexpr int64_t kMagicPosition = 4;
inline constexpr int64_t kPhysicalOffsetPosition = 28;
inline constexpr int64_t kSysFlagPosition = 36;
inline constexpr int64_t kMinRecordBytes = 91;  // v1, IPv4, everything empty
inline constexpr int64_t kBlankBytes = 8;       // end of a segment: what is left, and the magic

inline constexpr size_t kMaxTopicBytesV1 = 127;
inline constexpr size_t kMaxTopicBytes = 255;
inline constexpr size_t kMaxPropertiesBytes = 32767;

inline constexpr int32_t kSysFlagTransactionMask = 0x0C;
inline constexpr int32_t kSysFlagTransactionPrepared = 0x04;
inline constexpr int32_t kSysFlagTransactionCommit = 0x08;
inline constexpr int32_t kSysFlagTransactionRollback = 0x0C;
inline constexpr int32_t kSysFlagBornHostV6 = 0x10;
inline constexpr int32_t kSysFlagStoreHostV6 = 0x20;

inline constexpr std::string_view kPropertyTags = "TAGS";
inline constexpr std::string_view kPropertyKeys = "KEYS";

// The last property of a record may be its checksum (RocketMQ 5's enabledAppendPropCRC), always of
// this size: name, 0x01, ten decimal digits with the lowest first, 0x02. It covers the bytes before
// it, while the body CRC covers the body alone.
inline constexpr std::string_view kPropertyRecordCrc = "__CRC32#";
inline constexpr size_t kRecordCrcBytes = kPropertyRecordCrc.size() + 12;
enum class RecordCrc : uint8_t { kNone, kAppend };

// A decoded record; the views point into the bytes it was decoded from.
struct Record {
  int32_t total_bytes = 0;
  int32_t magic = kMagicV1;
  int32_t body_crc = 0;
  int32_t queue_id = 0;
  int32_t flag = 0;
  int64_t queue_offset = 0;
  int64_t physical_offset = 0;
  int32_t sys_flag = 0;
  int64_t born_timestamp_ms = 0;
  HostAddress born_host;
  int64_t store_timestamp_ms = 0;
  HostAddress store_host;
  int32_t reconsume_times = 0;
  int64_t prepared_transaction_offset = 0;
  std::string_view body;
  std::string_view topic;
  std::string_view properties;
};

// What the store adds to a message when it assigns its place.
struct RecordPlace {
  int64_t queue_offset = 0;
  int64_t physical_offset = 0;
  int64_t store_timestamp_ms = 0;
  int32_t body_crc = 0;  // JavaCrc32(body), computed by the caller outside of any lock
};

// kOk, or why the message cannot be a record; body and properties sizes and topic length.
Status CheckRecordSizes(const MessageToPut& message, int64_t max_body_bytes);
// Of the whole record. The sizes must have been checked.
int64_t RecordBytes(const MessageToPut& message, RecordCrc crc);
// Writes exactly RecordBytes(message, crc) bytes. The total size goes last, so that a record whose
// writing stopped half-way has none.
void EncodeRecord(const MessageToPut& message, const RecordPlace& place, RecordCrc crc, char* to);

enum class CrcCheck : uint8_t { kSkip, kVerify };
// Decodes the record at the front of `bytes`, which may be longer. kCorruption says what is wrong.
// kVerify compares the checksum of the record when it has one, else that of its body.
Result<Record> DecodeRecord(std::string_view bytes, CrcCheck crc);

// Of a record's bytes, without decoding the rest; the bytes must be a record.
int64_t StoreTimestampOf(std::string_view record_bytes);

int64_t QueueOffsetOf(std::string_view record_bytes);

// Whether consumers may see it: plain messages and committed ones, not prepared or rolled back.
inline bool IsConsumable(int32_t sys_flag) {
  int32_t type = sys_flag & kSysFlagTransactionMask;
  return type == 0 || type == kSysFlagTransactionCommit;
}

// The value of a property in "key 0x01 value 0x02 …"; the last 0x02 may be missing.
std::optional<std::string_view> FindProperty(std::string_view properties, std::string_view key);

// The consume queue's tags code: the hash of the tags, 0 when there are none.
inline int64_t TagsCode(std::string_view tags) { return JavaStringHash(tags); }

}  // namespace rewindmq::store
