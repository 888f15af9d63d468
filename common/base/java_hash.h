#pragma once
// java.lang.String.hashCode of a text given as UTF-8: computed over its UTF-16 units, as Java does.
// Bytes that are no UTF-8 count as U+FFFD, which is what Java makes of them. Pure.

#include <cstdint>
#include <string_view>

namespace rewindmq {

int32_t JavaStringHash(std::string_view utf8);

}  // namespace rewindmq
