// Any bytes as a JSON header: unescaped in place without leaving them, and the same command when
// written and read again.

#include "common/protocol/json_header.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/command_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  fuzz::ExactBytes header(fuzz::ViewOf(data, size));
  protocol::Command command;
  if (!protocol::DecodeJsonHeader(header.data(), header.size(), &command).ok()) return 0;
  fuzz::CheckWithin(command, header.view());
  fuzz::CheckRoundTrip(command);
  return 0;
}
