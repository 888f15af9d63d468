#pragma once
// resetOffsetByTime with mqadmin's flags and mqadmin's table (ResetOffsetByTimeCommand). Other than
// mqadmin, it asks every broker even when one fails, says which queues were not moved, and then
// ends with exit code 1. Thread safety: one thread.

#include <cstdint>
#include <string>

#include "cli/command.h"
#include "client/admin_api.h"
#include "reset/request.h"
#include "reset/table.h"

namespace rewindmq::cli {

class ResetOffsetByTime : public Command {
 public:
  void AddOptions(CLI::App* app) override;
  Status Run(std::ostream& out) override;

  // The same against any cluster, at a given time: the part of Run behind the connection.
  Status RunAgainst(client::AdminApi* admin, int64_t now_ms, std::ostream& out);

 private:
  Result<reset::Request> MakeRequest(int64_t now_ms) const;

  std::string name_servers_;
  std::string topic_;
  std::string group_;
  std::string timestamp_;
  std::string force_ = "true";
  bool cplus_ = false;  // taken for mqadmin's sake: brokers tell each client in its own language
};

// mqadmin's lines: what was asked, the column heads, a line for each queue that has an offset now.
void PrintResetTable(const reset::Table& table, std::ostream& out);
// mqadmin's lines for a group that was not online and whose offsets were written instead.
void PrintRollbackTable(const reset::Table& table, std::ostream& out);

}  // namespace rewindmq::cli
