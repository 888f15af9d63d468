#pragma once
// What the texts of an OffsetReset's spec must look like, by the rules of the CRD's schema. Pure.

#include <cstdint>
#include <string>

#include "operator/api/spec_reader.h"

namespace rewindmq::api {

extern const TextRule kTopicRule;
extern const TextRule kGroupRule;
extern const TextRule kHostPortRule;
extern const TextRule kTimeRule;
extern const TextRule kAgoRule;
extern const TextRule kBrokerRule;
extern const TextRule kReferenceRule;
extern const TextRule kSecretRule;
extern const TextRule kHashRule;
extern const TextRule kTagRule;
extern const TextRule kSqlRule;

// Of a text that follows kAgoRule.
int64_t AgoMs(const std::string& text);

}  // namespace rewindmq::api
