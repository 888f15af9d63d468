#pragma once
// The captured frames of tests/golden, and the body samples that Java's own classes printed.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "common/base/file.h"
#include "common/protocol/command.h"

namespace rewindmq::protocol {

struct GoldenFrame {
  std::string name;   // "4.2.0/000011-PULL_MESSAGE-to-br-req.bin"
  std::string bytes;  // without the length field
};

inline std::vector<GoldenFrame> LoadGoldenFrames() {
  std::vector<GoldenFrame> frames;
  for (std::string version : {"4.2.0", "5.5.0"}) {
    std::string folder = std::string(REWIND_GOLDEN_DIR) + "/" + version;
    Result<std::vector<std::string>> names = ListDirectory(folder);
    EXPECT_TRUE(names.ok()) << names.status().ToString();
    if (!names.ok()) continue;
    for (const std::string& name : *names) {
      if (!name.ends_with(".bin")) continue;
      Result<std::string> bytes = ReadFile(folder + "/" + name);
      EXPECT_TRUE(bytes.ok() && bytes->size() > kFrameLengthBytes) << name;
      if (bytes.ok()) {
        frames.push_back({version + "/" + name, bytes->substr(kFrameLengthBytes)});
      }
    }
  }
  EXPECT_GT(frames.size(), 200U);
  return frames;
}

// The one frame, for example "4.2.0/000034-HEART_BEAT-to-br-req.bin".
inline std::string LoadGoldenFrame(const std::string& name) {
  Result<std::string> bytes = ReadFile(std::string(REWIND_GOLDEN_DIR) + "/" + name);
  EXPECT_TRUE(bytes.ok()) << bytes.status().ToString();
  return bytes.ok() ? bytes->substr(kFrameLengthBytes) : std::string();
}

// The body of a golden frame.
inline std::string LoadGoldenBody(const std::string& name) {
  std::string frame = LoadGoldenFrame(name);
  Command command;
  Status status = DecodeCommand(frame.data(), frame.size(), &command);
  EXPECT_TRUE(status.ok()) << name << ": " << status.ToString();
  return std::string(command.body);
}

}  // namespace rewindmq::protocol
