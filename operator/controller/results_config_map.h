#pragma once
// A ConfigMap NAME-results beside an OffsetReset, with its table in forms that people can read. The
// OffsetReset owns it: the cluster deletes it with its owner.
// Thread safety: any thread; a call lasts as long as its requests.

#include <map>
#include <stop_token>
#include <string>

#include "common/base/status.h"
#include "operator/api/offset_reset.h"
#include "operator/kube/rest_client.h"

namespace rewindmq::controller {

using TextFiles = std::map<std::string, std::string>;  // by key of the ConfigMap

// Its name. kRejected when there is one of that name that this very object does not own: it stays
// as it is. Otherwise the API server's error; what was there before stays.
Result<std::string> WriteResultsConfigMap(kube::RestClient* client, const api::OffsetReset& owner,
                                          const TextFiles& files, const std::stop_token& stop);

}  // namespace rewindmq::controller
