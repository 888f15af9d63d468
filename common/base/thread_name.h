#pragma once
// Names the calling thread, so that `top -H`, a core dump and the benchmarks tell the work of one
// part from another's. Longer names than 15 bytes are cut, as the kernel does.

#include <pthread.h>

#include <algorithm>
#include <string>

namespace rewindmq {

inline void NameThisThread(std::string name) {
  constexpr size_t kMaxNameBytes = 15;
  name.resize(std::min(name.size(), kMaxNameBytes));
  (void)::pthread_setname_np(::pthread_self(), name.c_str());
}

}  // namespace rewindmq
