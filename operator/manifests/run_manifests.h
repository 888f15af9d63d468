#pragma once
// The operator without Kubernetes: carries out the OffsetResets of a folder, through the same
// reconciler. Thread safety: one call at a time.

#include <stop_token>
#include <string>

#include "common/base/status.h"

namespace rewindmq::manifests {

struct ManifestOptions {
  std::string folder;
  // End when every object is finished, instead of waiting for new ones.
  bool once = false;
  int workers = 4;
};

// Serves until `stop`, or with `once` until all is done. False when an OffsetReset has failed or a
// file could not be read; an error when the folder cannot be served at all.
Result<bool> RunManifests(const ManifestOptions& options, std::stop_token stop);

}  // namespace rewindmq::manifests
