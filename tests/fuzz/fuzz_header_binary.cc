// Any bytes as a binary header: decoding stays inside them, and the same command comes out when it
// is written and read again.

#include "common/protocol/binary_header.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/command_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  fuzz::ExactBytes header(fuzz::ViewOf(data, size));
  protocol::Command command;
  command.serialize_type = protocol::SerializeType::kRocketMq;
  if (!protocol::DecodeBinaryHeader(header.view(), &command).ok()) return 0;
  fuzz::CheckWithin(command, header.view());
  fuzz::CheckRoundTrip(command);
  return 0;
}
