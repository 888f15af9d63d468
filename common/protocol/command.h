#pragma once
// A remoting command and its frame (RemotingCommand):
//   4 bytes  length of what follows
//   4 bytes  serialize type (high byte) and header length (low 24 bits)
//   header   JSON, or RocketMQ's binary form
//   body     the rest
// Decoding borrows from the frame and allocates nothing; encoding appends to one string. Pure: no
// sockets, clock or threads.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/codes.h"
#include "common/protocol/fields.h"

namespace rewindmq::protocol {

inline constexpr size_t kFrameLengthBytes = 4;
// Java's default of com.rocketmq.remoting.frameMaxLength, counted with the length field itself.
inline constexpr size_t kMaxFrameBytes = 16U << 20;

enum class SerializeType : uint8_t { kJson = 0, kRocketMq = 1 };

// No more allocations than one for the fields of nearly every command.
inline constexpr size_t kUsualFields = 8;

inline constexpr uint32_t kResponseFlag = 1;
inline constexpr uint32_t kOnewayFlag = 2;

// A received command. All views point into the frame.
struct Command {
  int32_t code = 0;
  Language language = Language::kJava;
  int32_t version = 0;
  int32_t opaque = 0;
  uint32_t flag = 0;
  SerializeType serialize_type = SerializeType::kJson;
  std::string_view remark;
  Fields fields;
  std::string_view body;

  bool IsResponse() const { return (flag & kResponseFlag) != 0; }
  bool IsOneway() const { return (flag & kOnewayFlag) != 0; }
};

// Decodes one frame without its length field. JSON strings are unescaped in place, so the bytes are
// changed. kCorruption says what is wrong; nothing in the peer's numbers is believed unchecked.
Status DecodeCommand(char* frame, size_t size, Command* command);

// A command to be sent, owning its parts.
struct Outgoing {
  int32_t code = 0;
  Language language = kOwnLanguage;
  int32_t version = kOwnVersion;
  int32_t opaque = 0;
  uint32_t flag = 0;
  SerializeType serialize_type = SerializeType::kJson;
  std::string remark;  // empty = absent
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body;
  // Bytes that follow `body` in the frame but are sent from where they lie (see Connection).
  size_t extra_body_bytes = 0;

  Outgoing& With(std::string name, std::string value) {
    if (fields.capacity() == 0) fields.reserve(kUsualFields);
    fields.emplace_back(std::move(name), std::move(value));
    return *this;
  }
  Outgoing& With(std::string name, int64_t value) {
    return With(std::move(name), std::to_string(value));
  }
};

Outgoing MakeRequest(int32_t code);
Outgoing MakeResponse(int32_t code, std::string remark = {});

// Appends the whole frame, length field included. The frame's length counts extra_body_bytes too.
void AppendFrame(const Outgoing& command, std::string* out);

// What the first bytes of a stream say about the frame at its front.
struct FrameSize {
  bool complete = false;   // the whole frame is there
  size_t total_bytes = 0;  // with the length field; 0 while that field itself is incomplete
};
// kCorruption when the announced length cannot be a frame (negative, too short, over the limit).
Result<FrameSize> PeekFrame(std::string_view stream, size_t limit_bytes = kMaxFrameBytes);

}  // namespace rewindmq::protocol
