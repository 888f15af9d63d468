#pragma once
// Base64 (RFC 4648) as kubeconfig files hold it: the standard alphabet, padded, line breaks
// allowed. Thread safety: pure function.

#include <string>
#include <string_view>

#include "common/base/status.h"

namespace rewindmq::kube {

// kInvalidArgument says at which character the text stops being base64.
Result<std::string> DecodeBase64(std::string_view text);

}  // namespace rewindmq::kube
