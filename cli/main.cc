// rewindctl: the command line for people who know mqadmin.

#include <iostream>

#include "cli/command.h"
#include "common/base/log.h"

int main(int argc, char** argv) {
  // Results belong to stdout and errors to stderr; what the libraries log is neither.
  rewindmq::LogOptions log;
  log.level = "error";
  if (rewindmq::Status ready = rewindmq::InitLogging(log); !ready.ok()) return 1;
  return rewindmq::cli::RunCommandLine(argc, argv, std::cout, std::cerr);
}
