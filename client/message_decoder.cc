#include "client/message_decoder.h"

#include <zlib.h>

#include <algorithm>
#include <utility>

#include "common/base/bytes.h"
#include "common/base/crc32.h"

namespace rewindmq::client {
namespace {

constexpr uint32_t kMagicV1 = 0xDAA320A7;  // topic length in 1 byte
constexpr uint32_t kMagicV2 = 0xDAA320AB;  // topic length in 2 bytes
constexpr int32_t kCompressedFlag = 0x1;
constexpr int32_t kBornHostV6Flag = 0x10;
constexpr int32_t kStoreHostV6Flag = 0x20;
constexpr int32_t kCompressionTypeMask = 0x700;
constexpr int32_t kZlibType = 0x300;  // 0 means zlib too
constexpr int64_t kPortBytes = 4;

Status Damaged(const std::string& what) {
  return {ErrorCode::kCorruption, "pulled message: " + what};
}

bool IsZlib(int32_t sys_flag) {
  int32_t type = sys_flag & kCompressionTypeMask;
  return (sys_flag & kCompressedFlag) != 0 && (type == 0 || type == kZlibType);
}

Result<std::string> Inflate(std::string_view compressed) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK) return Damaged("zlib cannot start");
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  std::string body;
  int state = Z_OK;
  while (state == Z_OK && body.size() < kMaxInflatedBytes) {
    size_t had = body.size();
    body.resize(std::min(std::max(compressed.size() * 4, had * 2), kMaxInflatedBytes));
    stream.next_out = reinterpret_cast<Bytef*>(body.data() + had);
    stream.avail_out = static_cast<uInt>(body.size() - had);
    state = inflate(&stream, Z_NO_FLUSH);
    body.resize(body.size() - stream.avail_out);
    if (stream.avail_in == 0 && stream.avail_out != 0) break;
  }
  inflateEnd(&stream);
  if (state != Z_STREAM_END) return Damaged("its compressed body does not expand");
  return body;
}

int64_t HostBytes(int32_t sys_flag, int32_t v6_flag) {
  return ((sys_flag & v6_flag) != 0 ? 16 : 4) + kPortBytes;
}

// `record` is one whole record, behind its size and magic.
Result<ReceivedMessage> DecodeOne(std::string_view record, uint32_t magic,
                                  const std::string& broker_name) {
  ByteReader reader(record);
  ReceivedMessage message;
  auto body_crc = reader.Read<int32_t>();
  message.queue.queue_id = reader.Read<int32_t>();
  message.flag = reader.Read<int32_t>();
  message.queue_offset = reader.Read<int64_t>();
  message.commit_log_offset = reader.Read<int64_t>();
  message.sys_flag = reader.Read<int32_t>();
  message.born_timestamp_ms = reader.Read<int64_t>();
  reader.ReadBytes(HostBytes(message.sys_flag, kBornHostV6Flag));
  message.store_timestamp_ms = reader.Read<int64_t>();
  reader.ReadBytes(HostBytes(message.sys_flag, kStoreHostV6Flag));
  message.reconsume_times = reader.Read<int32_t>();
  reader.Read<int64_t>();  // the prepared message of a transaction
  std::string_view body = reader.ReadBytes(reader.Read<int32_t>());
  int64_t topic_bytes = magic == kMagicV1 ? reader.Read<uint8_t>() : reader.Read<int16_t>();
  message.topic = std::string(reader.ReadBytes(topic_bytes));
  message.properties = std::string(reader.ReadBytes(reader.Read<int16_t>()));
  if (!reader.ok()) return Damaged("it ends too early");
  if (!reader.rest().empty()) return Damaged("bytes are left behind its properties");
  if (JavaCrc32(body) != body_crc) return Damaged("the checksum of its body is wrong");
  message.queue.topic = message.topic;
  message.queue.broker_name = broker_name;
  if (IsZlib(message.sys_flag)) {
    REWIND_TRY_ASSIGN(message.body, Inflate(body));
    message.sys_flag &= ~kCompressedFlag;
  } else {
    message.body = std::string(body);
  }
  return message;
}

}  // namespace

Result<std::vector<ReceivedMessage>> DecodeMessages(std::string_view records,
                                                    const std::string& broker_name) {
  constexpr int64_t kHeadBytes = 8;  // size and magic
  std::vector<ReceivedMessage> messages;
  ByteReader reader(records);
  while (!reader.rest().empty()) {
    auto total_bytes = reader.Read<int32_t>();
    auto magic = reader.Read<uint32_t>();
    std::string_view record = reader.ReadBytes(total_bytes - kHeadBytes);
    if (!reader.ok()) return Damaged("its length " + std::to_string(total_bytes) + " is wrong");
    if (magic != kMagicV1 && magic != kMagicV2) {
      return Damaged("its magic number " + std::to_string(magic) + " is unknown");
    }
    auto message = DecodeOne(record, magic, broker_name);
    if (!message.ok()) return message.status();
    messages.push_back(std::move(*message));
  }
  return messages;
}

}  // namespace rewindmq::client
