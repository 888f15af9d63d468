#pragma once
// Every setting of a broker as one row: its text now, and whether it may be changed at run time.
// A new setting is one line in setting_rows.cc. Thread safety: a constant table; a row's `copy` is
// called by one thread at a time.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "broker/options/options.h"

namespace rewindmq::broker {

enum class Change : uint8_t {
  kAtOnce,     // takes effect at once
  kAtRestart,  // is kept, and takes effect when the broker starts again
  kRefused,    // what the broker is, and where its files are
};

struct SettingRow {
  std::string_view key;
  Change change;
  std::function<std::string(const BrokerOptions&)> text;
  std::function<void(const BrokerOptions& from, BrokerOptions* to)> copy;
};

// By key, in alphabetical order.
const std::vector<SettingRow>& SettingRows();
// Null for an unknown key.
const SettingRow* FindSettingRow(std::string_view key);

}  // namespace rewindmq::broker
