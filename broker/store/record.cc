#include "broker/store/record.h"

#include <cstring>
#include <string>

#include "common/base/bytes.h"
#include "common/base/crc32.h"

namespace rewindmq::store {
namespace {

constexpr int64_t kExtraV6Bytes = 12;
constexpr int64_t kFixedBytesV1 = 91;
constexpr int64_t kQueueOffsetPosition = 20;
constexpr int64_t kStoreTimestampPosition = 56;
constexpr char kNameEnd = '\x01';
constexpr char kValueEnd = '\x02';

constexpr size_t kCrcDigits = 10;

// A property list's checksum is the store's own business; one that a client sent is dropped.
std::string_view WithoutCrc(std::string_view properties) {
  if (properties.size() < kRecordCrcBytes) return properties;
  size_t start = properties.size() - kRecordCrcBytes;
  return properties.substr(start).starts_with(kPropertyRecordCrc) ? properties.substr(0, start)
                                                                  : properties;
}

// Some clients leave out the separator behind the last property, which another must follow here.
bool LacksSeparator(std::string_view properties) {
  return !properties.empty() && properties.back() != kValueEnd;
}

size_t BytesWithCrc(std::string_view properties) {
  return properties.size() + (LacksSeparator(properties) ? 1 : 0) + kRecordCrcBytes;
}

// Properties that leave no room for the checksum are stored without it rather than refused.
bool AppendsCrc(std::string_view properties, RecordCrc crc) {
  return crc == RecordCrc::kAppend && BytesWithCrc(properties) <= kMaxPropertiesBytes;
}

size_t PropertiesBytes(const MessageToPut& message, RecordCrc crc) {
  std::string_view properties = WithoutCrc(message.properties);
  return AppendsCrc(properties, crc) ? BytesWithCrc(properties) : properties.size();
}

void AppendCrc(uint32_t crc, char* to) {
  std::memcpy(to, kPropertyRecordCrc.data(), kPropertyRecordCrc.size());
  to += kPropertyRecordCrc.size();
  *to++ = kNameEnd;
  for (size_t i = 0; i < kCrcDigits; ++i, crc /= 10) *to++ = static_cast<char>('0' + crc % 10);
  *to = kValueEnd;
}

// What stands at a record's end counts as its checksum even when a byte of it is damaged.
bool HasRecordCrc(std::string_view record) {
  if (record.size() < kRecordCrcBytes) return false;
  std::string_view seal = record.substr(record.size() - kRecordCrcBytes);
  size_t equal = seal.back() == kValueEnd ? 1 : 0;
  equal += seal[kPropertyRecordCrc.size()] == kNameEnd ? 1 : 0;
  for (size_t i = 0; i < kPropertyRecordCrc.size(); ++i) equal += seal[i] == kPropertyRecordCrc[i];
  return equal + 1 >= kPropertyRecordCrc.size() + 2;
}

bool RecordCrcHolds(std::string_view record) {
  char expected[kRecordCrcBytes];
  std::string_view covered = record.substr(0, record.size() - kRecordCrcBytes);
  AppendCrc(static_cast<uint32_t>(JavaCrc32(covered)), expected);
  return record.substr(covered.size()) == std::string_view(expected, kRecordCrcBytes);
}

bool NeedsV2(const MessageToPut& message) { return message.topic.size() > kMaxTopicBytesV1; }

// Writes front to back into memory that is known to be large enough.
class Writer {
 public:
  explicit Writer(char* to) : to_(to) {}

  template <typename T>
  void Put(T value) {
    StoreBe<T>(to_, value);
    to_ += sizeof(T);
  }
  void PutBytes(std::string_view bytes) {
    if (!bytes.empty()) std::memcpy(to_, bytes.data(), bytes.size());
    to_ += bytes.size();
  }
  void PutHost(const HostAddress& host) {
    size_t length = host.is_v6 ? 16 : 4;
    std::memcpy(to_, host.ip.data(), length);
    to_ += length;
    Put<int32_t>(host.port);
  }

 private:
  char* to_;
};

HostAddress ReadHost(ByteReader* reader, bool is_v6) {
  HostAddress host;
  host.is_v6 = is_v6;
  std::string_view ip = reader->ReadBytes(is_v6 ? 16 : 4);
  if (!ip.empty()) std::memcpy(host.ip.data(), ip.data(), ip.size());
  host.port = reader->Read<int32_t>();
  return host;
}

Status Corrupt(std::string what) { return Status(ErrorCode::kCorruption, std::move(what)); }

}  // namespace

Status CheckRecordSizes(const MessageToPut& message, int64_t max_body_bytes) {
  if (static_cast<int64_t>(message.body.size()) > max_body_bytes) {
    return Status(ErrorCode::kInvalidArgument,
                  "the message body has " + std::to_string(message.body.size()) +
                      " bytes; the broker allows " + std::to_string(max_body_bytes));
  }
  if (message.topic.empty() || message.topic.size() > kMaxTopicBytes) {
    return Status(ErrorCode::kInvalidArgument,
                  "the topic name has " + std::to_string(message.topic.size()) +
                      " bytes; allowed are 1 to " + std::to_string(kMaxTopicBytes));
  }
  if (message.properties.size() > kMaxPropertiesBytes) {
    return Status(ErrorCode::kResourceExhausted,
                  "the message properties have " + std::to_string(message.properties.size()) +
                      " bytes; allowed are " + std::to_string(kMaxPropertiesBytes));
  }
  return Status::Ok();
}

int64_t RecordBytes(const MessageToPut& message, RecordCrc crc) {
  return kFixedBytesV1 + (NeedsV2(message) ? 1 : 0) +
         (message.born_host.is_v6 ? kExtraV6Bytes : 0) +
         (message.store_host.is_v6 ? kExtraV6Bytes : 0) +
         static_cast<int64_t>(message.body.size() + message.topic.size() +
                              PropertiesBytes(message, crc));
}

void EncodeRecord(const MessageToPut& message, const RecordPlace& place, RecordCrc crc, char* to) {
  bool v2 = NeedsV2(message);
  int32_t sys_flag = message.sys_flag & ~(kSysFlagBornHostV6 | kSysFlagStoreHostV6);
  if (message.born_host.is_v6) sys_flag |= kSysFlagBornHostV6;
  if (message.store_host.is_v6) sys_flag |= kSysFlagStoreHostV6;
  Writer out(to + sizeof(int32_t));
  out.Put<int32_t>(v2 ? kMagicV2 : kMagicV1);
  out.Put<int32_t>(place.body_crc);
  out.Put<int32_t>(message.queue_id);
  out.Put<int32_t>(message.flag);
  out.Put<int64_t>(place.queue_offset);
  out.Put<int64_t>(place.physical_offset);
  out.Put<int32_t>(sys_flag);
  out.Put<int64_t>(message.born_timestamp_ms);
  out.PutHost(message.born_host);
  out.Put<int64_t>(place.store_timestamp_ms);
  out.PutHost(message.store_host);
  out.Put<int32_t>(message.reconsume_times);
  out.Put<int64_t>(message.prepared_transaction_offset);
  out.Put<int32_t>(static_cast<int32_t>(message.body.size()));
  out.PutBytes(message.body);
  if (v2) {
    out.Put<uint16_t>(static_cast<uint16_t>(message.topic.size()));
  } else {
    out.Put<uint8_t>(static_cast<uint8_t>(message.topic.size()));
  }
  out.PutBytes(message.topic);
  std::string_view properties = WithoutCrc(message.properties);
  out.Put<uint16_t>(static_cast<uint16_t>(PropertiesBytes(message, crc)));
  out.PutBytes(properties);
  const int64_t total = RecordBytes(message, crc);
  if (!AppendsCrc(properties, crc)) {
    StoreBe<int32_t>(to, static_cast<int32_t>(total));
    return;
  }
  if (LacksSeparator(properties)) out.Put<char>(kValueEnd);
  char size[sizeof(int32_t)];
  StoreBe<int32_t>(size, static_cast<int32_t>(total));
  // The size is summed from the side, because it goes into its place last.
  const size_t covered = static_cast<size_t>(total) - kRecordCrcBytes;
  uint32_t sum = Crc32(std::string_view(size, sizeof size));
  sum = Crc32(std::string_view(to + sizeof size, covered - sizeof size), sum);
  AppendCrc(sum & 0x7FFFFFFFU, to + covered);
  std::memcpy(to, size, sizeof size);
}

Result<Record> DecodeRecord(std::string_view bytes, CrcCheck crc) {
  ByteReader reader(bytes);
  Record record;
  record.total_bytes = reader.Read<int32_t>();
  record.magic = reader.Read<int32_t>();
  if (!reader.ok() || (record.magic != kMagicV1 && record.magic != kMagicV2)) {
    return Corrupt("no record magic");
  }
  if (record.total_bytes < kMinRecordBytes ||
      static_cast<size_t>(record.total_bytes) > bytes.size()) {
    return Corrupt("record size " + std::to_string(record.total_bytes) + " is impossible");
  }
  reader = ByteReader(bytes.substr(8, static_cast<size_t>(record.total_bytes) - 8));
  record.body_crc = reader.Read<int32_t>();
  record.queue_id = reader.Read<int32_t>();
  record.flag = reader.Read<int32_t>();
  record.queue_offset = reader.Read<int64_t>();
  record.physical_offset = reader.Read<int64_t>();
  record.sys_flag = reader.Read<int32_t>();
  record.born_timestamp_ms = reader.Read<int64_t>();
  record.born_host = ReadHost(&reader, (record.sys_flag & kSysFlagBornHostV6) != 0);
  record.store_timestamp_ms = reader.Read<int64_t>();
  record.store_host = ReadHost(&reader, (record.sys_flag & kSysFlagStoreHostV6) != 0);
  record.reconsume_times = reader.Read<int32_t>();
  record.prepared_transaction_offset = reader.Read<int64_t>();
  record.body = reader.ReadBytes(reader.Read<int32_t>());
  record.topic = reader.ReadBytes(record.magic == kMagicV2 ? reader.Read<uint16_t>()
                                                           : int64_t{reader.Read<uint8_t>()});
  record.properties = reader.ReadBytes(reader.Read<uint16_t>());
  if (!reader.ok() || !reader.rest().empty()) {
    return Corrupt("the record's lengths do not add up to its size");
  }
  if (crc == CrcCheck::kSkip) return record;
  std::string_view whole = bytes.substr(0, static_cast<size_t>(record.total_bytes));
  if (HasRecordCrc(whole)) {
    if (!RecordCrcHolds(whole)) return Corrupt("the record's CRC is not the stored one");
    return record;
  }
  // A torn write that lost the record's last sector lost its checksum too.
  if (record.properties.ends_with('\0')) return Corrupt("the record's properties end in zeros");
  if (!record.body.empty() && JavaCrc32(record.body) != record.body_crc) {
    return Corrupt("the body's CRC is not the stored one");
  }
  return record;
}

int64_t StoreTimestampOf(std::string_view record_bytes) {
  int32_t sys_flag = LoadBe<int32_t>(record_bytes.data() + kSysFlagPosition);
  int64_t extra = (sys_flag & kSysFlagBornHostV6) != 0 ? kExtraV6Bytes : 0;
  return LoadBe<int64_t>(record_bytes.data() + kStoreTimestampPosition + extra);
}

int64_t QueueOffsetOf(std::string_view record_bytes) {
  return LoadBe<int64_t>(record_bytes.data() + kQueueOffsetPosition);
}

std::optional<std::string_view> FindProperty(std::string_view properties, std::string_view key) {
  while (!properties.empty()) {
    size_t end = properties.find(kValueEnd);
    std::string_view pair = properties.substr(0, end);
    size_t name_end = pair.find(kNameEnd);
    // A pair without a value is none, as in Java.
    bool has_value = name_end != std::string_view::npos && name_end + 1 < pair.size();
    if (has_value && pair.substr(0, name_end) == key) return pair.substr(name_end + 1);
    if (end == std::string_view::npos) break;
    properties.remove_prefix(end + 1);
  }
  return std::nullopt;
}

}  // namespace rewindmq::store
