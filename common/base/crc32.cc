#include "common/base/crc32.h"

#include <isa-l/crc.h>

namespace rewindmq {

uint32_t Crc32(std::string_view bytes, uint32_t seed) {
  return crc32_gzip_refl(seed, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
}

}  // namespace rewindmq
