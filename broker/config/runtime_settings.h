#pragma once
// Settings changed while the broker runs (25, mqadmin updateBrokerConfig), and what all of them are
// (26). Java rewrites the file that it was started with; ours may be a read-only mount, so the
// changes lie in the store, in config/brokerConfig.json, and are laid over file, environment and
// flags at the next start.
//
// The later word wins: every change remembers the text that it replaced, and when that text is
// another one at a start, somebody has changed the configuration since, so the change is forgotten.
// The start logs either.
// A change is all or nothing: unknown and refused keys and bad values are named, nothing is done.
// Thread safety: any thread; Load and Bind before the first request.

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "broker/options/options.h"
#include "common/base/clock.h"
#include "common/base/file_system.h"
#include "common/protocol/data_version.h"

namespace rewindmq::broker {

class RuntimeSettings {
 public:
  using Values = std::map<std::string, std::string>;
  // Runs on the updating thread, with the options as they are now.
  using Listener = std::function<void(const BrokerOptions&)>;

  // Lays the changes of earlier runs over the options. kCorruption when neither the file nor its
  // previous copy can be read.
  static Result<std::unique_ptr<RuntimeSettings>> Load(const std::string& config_directory,
                                                       const Clock* clock, BrokerOptions* options,
                                                       FileSystem& files = RealFileSystem());
  // The options that the broker reads; they outlive the object.
  void Bind(BrokerOptions* live) { live_ = live; }
  void OnChange(Listener listener) { listener_ = std::move(listener); }

  // Answers the keys that need a restart. Durable when it returns Ok.
  Result<std::vector<std::string>> Update(const Values& changes);
  Values All() const;
  protocol::DataVersion data_version() const;

 private:
  struct Changed {
    std::string value;
    std::string replaced;
  };
  using Overlay = std::map<std::string, Changed>;
  struct File {
    protocol::DataVersion version;
    Overlay overlay;
  };

  RuntimeSettings(std::string path, const Clock* clock, FileSystem* files)
      : path_(std::move(path)), clock_(clock), files_(files) {}
  void LayOver(BrokerOptions* options);
  Status Check(const Values& changes) const;
  static std::string Encode(const File& file);
  static Result<File> Decode(std::string_view text);

  const std::string path_;
  const Clock* const clock_;
  FileSystem* const files_;
  BrokerOptions* live_ = nullptr;
  Listener listener_;
  Values at_start_;  // texts before anything was laid over
  mutable std::mutex mutex_;
  File file_;  // guarded by mutex_
};

}  // namespace rewindmq::broker
