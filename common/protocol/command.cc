#include "common/protocol/command.h"

#include "common/base/bytes.h"
#include "common/protocol/binary_header.h"
#include "common/protocol/json_header.h"

namespace rewindmq::protocol {
namespace {

constexpr size_t kHeaderMarkBytes = 4;  // serialize type and header length

}  // namespace

Status DecodeCommand(char* frame, size_t size, Command* command) {
  if (size < kHeaderMarkBytes) return {ErrorCode::kCorruption, "frame is shorter than its header"};
  auto mark = LoadBe<uint32_t>(frame);
  size_t header_size = mark & 0xFFFFFFU;
  uint32_t type = mark >> 24;
  if (header_size > size - kHeaderMarkBytes) {
    return {ErrorCode::kCorruption, "header of " + std::to_string(header_size) +
                                        " bytes in a frame of " + std::to_string(size)};
  }
  if (type > static_cast<uint32_t>(SerializeType::kRocketMq)) {
    return {ErrorCode::kCorruption, "unknown serialize type " + std::to_string(type)};
  }
  *command = Command();
  command->serialize_type = static_cast<SerializeType>(type);
  char* header = frame + kHeaderMarkBytes;
  command->body = {header + header_size, size - kHeaderMarkBytes - header_size};
  if (command->serialize_type == SerializeType::kJson) {
    return DecodeJsonHeader(header, header_size, command);
  }
  return DecodeBinaryHeader({header, header_size}, command);
}

Outgoing MakeRequest(int32_t code) {
  Outgoing request;
  request.code = code;
  return request;
}

Outgoing MakeResponse(int32_t code, std::string remark) {
  Outgoing response;
  response.code = code;
  response.flag = kResponseFlag;
  response.remark = std::move(remark);
  return response;
}

void AppendFrame(const Outgoing& command, std::string* out) {
  size_t start = out->size();
  out->append(kFrameLengthBytes + kHeaderMarkBytes, '\0');
  if (command.serialize_type == SerializeType::kJson) {
    AppendJsonHeader(command, out);
  } else {
    AppendBinaryHeader(command, out);
  }
  size_t header_size = out->size() - start - kFrameLengthBytes - kHeaderMarkBytes;
  out->append(command.body);
  size_t length = out->size() - start - kFrameLengthBytes + command.extra_body_bytes;
  StoreBe<uint32_t>(out->data() + start, static_cast<uint32_t>(length));
  StoreBe<uint32_t>(out->data() + start + kFrameLengthBytes,
                    static_cast<uint32_t>(static_cast<uint32_t>(command.serialize_type) << 24 |
                                          (header_size & 0xFFFFFFU)));
}

Result<FrameSize> PeekFrame(std::string_view stream, size_t limit_bytes) {
  FrameSize frame;
  if (stream.size() < kFrameLengthBytes) return frame;
  auto length = LoadBe<uint32_t>(stream.data());
  if (length < kHeaderMarkBytes || length > limit_bytes - kFrameLengthBytes) {
    return Status(ErrorCode::kCorruption,
                  "frame length " + std::to_string(length) + " is outside [" +
                      std::to_string(kHeaderMarkBytes) + ", " +
                      std::to_string(limit_bytes - kFrameLengthBytes) + "]");
  }
  frame.total_bytes = length + kFrameLengthBytes;
  frame.complete = stream.size() >= frame.total_bytes;
  return frame;
}

}  // namespace rewindmq::protocol
