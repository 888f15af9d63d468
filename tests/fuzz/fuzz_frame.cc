// A stream of bytes as a connection takes it: frames are cut off the front and decoded, and the
// first that cannot be one ends the stream.

#include "common/protocol/command.h"
#include "tests/fuzz/check.h"
#include "tests/fuzz/command_check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  std::string_view stream = fuzz::ViewOf(data, size);
  while (true) {
    auto frame = protocol::PeekFrame(stream);
    if (!frame.ok() || !frame->complete) break;
    FUZZ_CHECK(frame->total_bytes > protocol::kFrameLengthBytes);
    FUZZ_CHECK(frame->total_bytes <= protocol::kMaxFrameBytes);
    fuzz::ExactBytes bytes(stream.substr(protocol::kFrameLengthBytes,
                                         frame->total_bytes - protocol::kFrameLengthBytes));
    stream.remove_prefix(frame->total_bytes);
    protocol::Command command;
    if (!protocol::DecodeCommand(bytes.data(), bytes.size(), &command).ok()) break;
    fuzz::CheckWithin(command, bytes.view());
    fuzz::CheckRoundTrip(command);
  }
  return 0;
}
