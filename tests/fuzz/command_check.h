#pragma once
// A decoded command, written again and read again, must be the same command; for the targets of
// frames and headers. Thread safety: pure functions.

#include <string>

#include "common/protocol/command.h"
#include "tests/fuzz/check.h"

namespace rewindmq::fuzz {

inline protocol::Outgoing OutgoingOf(const protocol::Command& command) {
  protocol::Outgoing outgoing;
  outgoing.code = command.code;
  outgoing.language = command.language;
  outgoing.version = command.version;
  outgoing.opaque = command.opaque;
  outgoing.flag = command.flag;
  outgoing.serialize_type = command.serialize_type;
  outgoing.remark = command.remark;
  outgoing.body = command.body;
  for (const auto& field : command.fields) {
    outgoing.With(std::string(field.name), std::string(field.value));
  }
  return outgoing;
}

inline void CheckWithin(const protocol::Command& command, std::string_view frame) {
  FUZZ_CHECK(Within(command.remark, frame) && Within(command.body, frame));
  for (const auto& field : command.fields) {
    FUZZ_CHECK(Within(field.name, frame) && Within(field.value, frame));
  }
}

inline void CheckRoundTrip(const protocol::Command& command) {
  std::string written;
  protocol::AppendFrame(OutgoingOf(command), &written);
  auto size = protocol::PeekFrame(written);
  FUZZ_CHECK(size.ok() && size->complete && size->total_bytes == written.size());
  ExactBytes frame(std::string_view(written).substr(protocol::kFrameLengthBytes));
  protocol::Command again;
  FUZZ_CHECK(protocol::DecodeCommand(frame.data(), frame.size(), &again).ok());
  FUZZ_CHECK(again.code == command.code && again.language == command.language);
  FUZZ_CHECK(again.version == command.version && again.opaque == command.opaque);
  FUZZ_CHECK(again.flag == command.flag && again.serialize_type == command.serialize_type);
  FUZZ_CHECK(again.remark == command.remark && again.body == command.body);
  FUZZ_CHECK(again.fields.size() == command.fields.size());
  for (size_t i = 0; i < again.fields.size(); ++i) {
    FUZZ_CHECK(again.fields.begin()[i].name == command.fields.begin()[i].name);
    FUZZ_CHECK(again.fields.begin()[i].value == command.fields.begin()[i].value);
  }
}

}  // namespace rewindmq::fuzz
