#pragma once
// The file in which a reset keeps what it was asked and what became of it: for `verify`, for
// `undo`, and for whoever finds the machine after a crash. It is written before anything is sent
// and after each broker, and replaced as a whole, so that it is never half of both.
// Thread safety: one writer of a path.

#include <cstdint>
#include <string>

#include "common/base/status.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::cli {

struct ResultFile {
  std::string name_servers;
  std::string plan_hash;
  int64_t plan_time_ms = 0;
  reset::Request request;
  reset::Table table;
};

// An empty path writes nothing.
Status WriteResult(const std::string& path, const ResultFile& result);
// kInvalidArgument when it is not such a file, saying why.
Result<ResultFile> ReadResult(const std::string& path);
// Whoever would overwrite the result of another reset would lose its way back.
Status CheckNoResultYet(const std::string& path);

}  // namespace rewindmq::cli
