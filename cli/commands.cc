// The table of commands.
#include "cli/command.h"
#include "cli/consume.h"
#include "cli/replay.h"
#include "cli/reset.h"
#include "cli/reset_offset_by_time.h"
#include "cli/send.h"

namespace rewindmq::cli {
namespace {

template <typename T>
std::unique_ptr<Command> Make() {
  return std::make_unique<T>();
}

}  // namespace

const std::vector<CommandEntry>& Commands() {
  static const std::vector<CommandEntry> kCommands = {
      {"resetOffsetByTime", "Moves a consumer group to a moment in the past, without a restart",
       Make<ResetOffsetByTime>},
      {"reset", "Plans, applies, verifies and undoes a reset of a consumer group", Make<Reset>},
      {"replay", "Looks at interval replays and steers them", Make<Replay>},
      {"send", "Puts numbered messages into a topic", Make<Send>},
      {"consume", "Reads a topic as a member of a group, and counts", Make<Consume>},
  };
  return kCommands;
}

}  // namespace rewindmq::cli
