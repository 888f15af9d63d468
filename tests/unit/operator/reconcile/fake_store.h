#pragma once
// An ObjectStore in memory, with versions like the API server's. Faults: a conflict, an error, or a
// crash at the n-th write; a crash throws, since a process that ends runs no code of its own.

#include <map>
#include <string>
#include <vector>

#include "operator/api/json_fields.h"
#include "operator/api/object_store.h"

namespace rewindmq::reconcile {

struct Crash {};

enum class Fault { kNone, kConflict, kErrorBefore, kErrorAfter, kCrashBefore, kCrashAfter };

class FakeStore : public api::ObjectStore {
 public:
  int writes = 0;
  int fault_at = 0;  // the write, counted from 1, at which `fault` happens
  Fault fault = Fault::kNone;
  std::vector<std::string> events;  // reasons
  bool refuse_delete = false;
  Status hold_error;
  Status results_error;
  std::map<std::string, std::map<std::string, std::string>> results;  // by object, by key

  void Put(const api::Json& object) {
    api::OffsetReset reset = api::FromJson(object).value();
    objects_[reset.key] = object;
    Touch(&objects_[reset.key]);
  }
  api::Json& At(const std::string& name) { return objects_.at({"team", name}); }
  api::OffsetReset Read(const std::string& name) { return *Get({"team", name}); }
  bool Has(const std::string& name) const { return objects_.contains({"team", name}); }
  void Remove(const std::string& name) { objects_.erase({"team", name}); }
  // As a user's edit does.
  void Touch(api::Json* object) {
    (*object)["metadata"]["resourceVersion"] = std::to_string(++version_);
  }

  Result<api::OffsetReset> Get(const api::ObjectKey& key) override {
    auto found = objects_.find(key);
    if (found == objects_.end()) return Status(ErrorCode::kNotFound, "gone");
    return api::FromJson(found->second);
  }

  Result<std::vector<api::OffsetReset>> List() override {
    std::vector<api::OffsetReset> all;
    for (const auto& [key, object] : objects_) all.push_back(*api::FromJson(object));
    return all;
  }

  Result<api::OffsetReset> UpdateStatus(const api::OffsetReset& reset) override {
    const Fault now = ++writes == fault_at ? fault : Fault::kNone;
    auto found = objects_.find(reset.key);
    if (found == objects_.end()) return Status(ErrorCode::kNotFound, "gone");
    if (now == Fault::kCrashBefore) throw Crash{};
    if (now == Fault::kErrorBefore) return Status(ErrorCode::kUnavailable, "API server is away");
    if (now == Fault::kConflict) Touch(&found->second);
    if (found->second["metadata"]["resourceVersion"] != reset.resource_version) {
      return Status(ErrorCode::kConflict, "the object has been modified");
    }
    found->second["status"] = api::ToJson(reset)["status"];
    Touch(&found->second);
    if (now == Fault::kCrashAfter) throw Crash{};
    if (now == Fault::kErrorAfter) return Status(ErrorCode::kTimeout, "no answer");
    return api::FromJson(found->second);
  }

  // Of one that is held, deletion waits, as at the API server.
  void DeleteByUser(const std::string& name) {
    api::Json& object = At(name);
    if (!Read(name).held) return Remove(name);
    object["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z";
    object["metadata"]["generation"] = Read(name).generation + 1;
    Touch(&object);
  }

  Result<api::OffsetReset> SetHeld(const api::OffsetReset& reset, bool held) override {
    if (hold_error.code() != ErrorCode::kOk) return hold_error;
    auto found = objects_.find(reset.key);
    if (found == objects_.end()) return Status(ErrorCode::kNotFound, "gone");
    api::Json& metadata = found->second["metadata"];
    if (metadata["resourceVersion"] != reset.resource_version) {
      return Status(ErrorCode::kConflict, "the object has been modified");
    }
    metadata["finalizers"] = held ? api::Json::array({api::kFinalizer}) : api::Json::array();
    Touch(&found->second);
    api::OffsetReset stored = *api::FromJson(found->second);
    if (stored.deleting && !held) objects_.erase(found);
    return stored;
  }

  Status Delete(const api::OffsetReset& reset) override {
    if (refuse_delete) return {ErrorCode::kUnsupported, "files are never deleted"};
    auto found = objects_.find(reset.key);
    if (found == objects_.end()) return {ErrorCode::kNotFound, "gone"};
    if (found->second["metadata"]["resourceVersion"] != reset.resource_version) {
      return {ErrorCode::kConflict, "the object has been modified"};
    }
    objects_.erase(found);
    return Status::Ok();
  }

  Result<std::string> WriteResults(const api::OffsetReset& reset,
                                   const std::map<std::string, std::string>& files) override {
    if (results_error.code() != ErrorCode::kOk) return results_error;
    results[reset.key.name] = files;
    return reset.key.name + "-results";
  }

  void Event(const api::OffsetReset&, bool, const std::string& reason,
             const std::string&) override {
    events.push_back(reason);
  }

 private:
  std::map<api::ObjectKey, api::Json> objects_;
  int version_ = 0;
};

}  // namespace rewindmq::reconcile
