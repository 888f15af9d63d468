#pragma once
// The body of a broker's registration at a nameserver (RegisterBrokerBody, code 103): its topics
// and filter servers. Thread safety: plain values.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"
#include "common/protocol/topic_config.h"

namespace rewindmq::protocol {

// Senders below this put the bare topic table into the body.
inline constexpr int32_t kVersion3_0_11 = 37;
// What a compressed body may grow to.
inline constexpr size_t kMaxInflatedBytes = 64U << 20;

struct RegisterBrokerBody {
  TopicConfigTable topic_config_table;
  std::vector<std::string> filter_servers;
};

std::string EncodeRegisterBrokerBody(const RegisterBrokerBody& body);
// The compressed form, without the mappings of static topics: for senders below 5.0. It leaves out
// what does not fit into a topic's line, the flags and the order.
std::string EncodeCompressedRegisterBrokerBody(const RegisterBrokerBody& body);

// `version` is the sender's; `compressed` its extension field. An empty body is an empty table of
// version zero. kCorruption says what is wrong; kResourceExhausted when the inflated form is too
// large.
Result<RegisterBrokerBody> DecodeRegisterBrokerBody(std::string_view body, int32_t version,
                                                    bool compressed);

}  // namespace rewindmq::protocol
