#include "broker/reset/reset_notices.h"

namespace rewindmq::broker {

ResetTold HowToTell(const ConsumerClient& client, protocol::ConsumeType consume_type) {
  // Pull and lite pull consumers ignore the notice.
  if (consume_type != protocol::ConsumeType::kPassively) return ResetTold::kAtNextPull;
  if (client.language == protocol::Language::kCpp) return ResetTold::kByListBody;
  bool java = client.language == protocol::Language::kJava;
  bool understands = client.version >= protocol::kVersion3_0_7Snapshot;
  return java && understands && client.version < kVersion5_2_0 ? ResetTold::kByMapBody
                                                               : ResetTold::kAtNextPull;
}

}  // namespace rewindmq::broker
