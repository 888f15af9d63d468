#pragma once
// A client that costs next to nothing: one thread, prepared frames, answers only counted. It loads
// a broker as many clients would, without being what is measured.
// Thread safety: one object is used by one thread.

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/status.h"

namespace rewindmq::bench {

struct LoadOptions {
  int port = 0;  // on 127.0.0.1
  int connections = 8;
  int in_flight = 32;  // requests of each connection
  int64_t duration_ms = 5000;
  int pid = 0;  // of the server whose CPU time is read
};

struct LoadResult {
  int64_t answers = 0;
  double seconds = 0;
  std::map<std::string, double> server_cpu_seconds;  // by thread name
  double p50_us = 0;  // from the request's write to its answer's read
  double p99_us = 0;
};

// One connection's next request, appended to `out` as a whole frame.
using MakeRequest = std::function<void(int connection, std::string* out)>;
// One answer without its length field; an error ends the run.
using TakeAnswer = std::function<Status(int connection, std::string_view frame)>;

// Keeps `in_flight` requests on each connection for the duration, then lets the last answers come.
Result<LoadResult> RunLoad(const LoadOptions& options, const MakeRequest& make,
                           const TakeAnswer& take);

// CPU time of the threads that the process has now, by name (/proc/PID/task/*/schedstat).
std::map<std::string, double> CpuSecondsByThread(int pid);

}  // namespace rewindmq::bench
