#pragma once
// The settings of the message store, by RocketMQ's keys (MessageStoreConfig) where it has them.
// Thread safety: pure functions.

#include <string>
#include <vector>

#include "broker/store/store_options.h"
#include "common/base/settings.h"
#include "common/base/status.h"

namespace rewindmq::broker {

const std::vector<std::string>& StoreSettingKeys();

// kInvalidArgument names the setting and its place.
Status ApplyStoreSettings(const Settings& settings, store::StoreOptions* store);
// The same, over the defaults.
Result<store::StoreOptions> ReadStoreSettings(const Settings& settings);

}  // namespace rewindmq::broker
