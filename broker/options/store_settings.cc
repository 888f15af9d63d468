#include "broker/options/store_settings.h"

#include <cstdlib>

#include "broker/store/consume_queue.h"
#include "common/base/parse.h"

namespace rewindmq::broker {
namespace {

using store::StoreOptions;

constexpr int64_t kMinSegmentBytes = 1 << 20;
constexpr int64_t kMaxSegmentBytes = int64_t{1} << 31;
constexpr int64_t kMinQueueSegmentBytes = 2000;
constexpr int64_t kMaxIndexNumber = 50'000'000;  // of slots, and of entries, in one index file
constexpr int64_t kHourMs = 3'600'000;

Status ReadFolders(const Settings& settings, StoreOptions* store) {
  REWIND_TRY(settings.Read("storePathRootDir", &store->root_directory));
  REWIND_TRY(settings.Read("storePathCommitLog", &store->commit_log_directory));
  if (store->commit_log_directory.find(',') == std::string::npos) return Status::Ok();
  return {ErrorCode::kInvalidArgument,
          "storePathCommitLog names several folders; only one is supported"};
}

Status ReadSegmentSizes(const Settings& settings, StoreOptions* store) {
  for (const char* key : {"mapedFileSizeCommitLog", "mappedFileSizeCommitLog"}) {
    REWIND_TRY(
        settings.Read(key, &store->commit_log_segment_bytes, kMinSegmentBytes, kMaxSegmentBytes));
  }
  for (const char* key : {"mapedFileSizeConsumeQueue", "mappedFileSizeConsumeQueue"}) {
    REWIND_TRY(settings.Read(key, &store->consume_queue_segment_bytes, kMinQueueSegmentBytes,
                             kMaxSegmentBytes - store::kConsumeQueueUnitBytes));
  }
  REWIND_TRY(settings.Read("enableConsumeQueueExt", &store->enable_consume_queue_ext));
  REWIND_TRY(settings.Read("mappedFileSizeConsumeQueueExt", &store->consume_queue_ext_segment_bytes,
                           kMinSegmentBytes, kMaxSegmentBytes));
  // As Java does, up to whole units.
  constexpr int64_t kUnit = store::kConsumeQueueUnitBytes;
  store->consume_queue_segment_bytes =
      (store->consume_queue_segment_bytes + kUnit - 1) / kUnit * kUnit;
  return settings.Read("maxMessageSize", &store->max_message_bytes, 1024, 14 << 20);
}

Status ReadFlush(const Settings& settings, StoreOptions* store) {
  REWIND_TRY(settings.Read("flushIntervalCommitLog", &store->flush_interval_ms, 1, 60'000));
  REWIND_TRY(settings.Read("syncFlushTimeout", &store->sync_flush_timeout_ms, 1, 600'000));
  std::string flush = store->flush_mode == store::FlushMode::kSync ? "SYNC_FLUSH" : "ASYNC_FLUSH";
  REWIND_TRY(settings.ReadChoice("flushDiskType", {"ASYNC_FLUSH", "SYNC_FLUSH"}, &flush));
  store->flush_mode = flush == "SYNC_FLUSH" ? store::FlushMode::kSync : store::FlushMode::kAsync;
  bool record_crc = store->record_crc == store::RecordCrc::kAppend;
  REWIND_TRY(settings.Read("enabledAppendPropCRC", &record_crc));
  store->record_crc = record_crc ? store::RecordCrc::kAppend : store::RecordCrc::kNone;
  std::string damage =
      store->damage_policy == store::DamagePolicy::kRefuse ? "refuse" : "quarantine";
  REWIND_TRY(settings.ReadChoice("damagePolicy", {"quarantine", "refuse"}, &damage));
  store->damage_policy =
      damage == "refuse" ? store::DamagePolicy::kRefuse : store::DamagePolicy::kQuarantine;
  return Status::Ok();
}

Status ReadIndex(const Settings& settings, StoreOptions* store) {
  REWIND_TRY(settings.Read("messageIndexEnable", &store->message_index_enable));
  REWIND_TRY(settings.Read("maxHashSlotNum", &store->index_shape.slots, 1, kMaxIndexNumber));
  return settings.Read("maxIndexNum", &store->index_shape.entries, 2, kMaxIndexNumber);
}

// "04" or "04;16".
Status ReadDeleteHours(const Settings& settings, std::vector<int32_t>* hours) {
  std::string text;
  REWIND_TRY(settings.Read("deleteWhen", &text));
  if (text.empty()) return Status::Ok();
  hours->clear();
  for (const std::string& part : SplitTrimmed(text, ';')) {
    Result<int32_t> hour = ParseInt32(part, "hour");
    if (!hour.ok() || *hour < 0 || *hour > 23) {
      return {ErrorCode::kInvalidArgument,
              "deleteWhen is '" + text + "'; use hours from 00 to 23 with ';' between them"};
    }
    hours->push_back(*hour);
  }
  return Status::Ok();
}

Status ReadPercent(const Settings& settings, std::string_view key, int64_t min, int64_t max,
                   double* ratio) {
  int64_t percent = static_cast<int64_t>(*ratio * 100 + 0.5);
  REWIND_TRY(settings.Read(key, &percent, min, max));
  *ratio = static_cast<double>(percent) / 100;
  return Status::Ok();
}

Status ReadRetention(const Settings& settings, store::RetentionLimits* limits) {
  int64_t hours = limits->keep_ms / kHourMs;
  REWIND_TRY(settings.Read("fileReservedTime", &hours, 1, 24 * 366 * 10));
  limits->keep_ms = hours * kHourMs;
  REWIND_TRY(ReadDeleteHours(settings, &limits->delete_hours));
  REWIND_TRY(ReadPercent(settings, "diskMaxUsedSpaceRatio", 10, 95, &limits->expire_ratio));
  REWIND_TRY(ReadPercent(settings, "diskSpaceCleanForciblyRatio", 10, 98, &limits->force_ratio));
  REWIND_TRY(ReadPercent(settings, "diskSpaceWarningLevelRatio", 10, 99, &limits->full_ratio));
  if (limits->expire_ratio <= limits->force_ratio && limits->force_ratio <= limits->full_ratio) {
    return Status::Ok();
  }
  return {ErrorCode::kInvalidArgument,
          "diskMaxUsedSpaceRatio, diskSpaceCleanForciblyRatio and diskSpaceWarningLevelRatio must "
          "rise in this order"};
}

}  // namespace

const std::vector<std::string>& StoreSettingKeys() {
  static const std::vector<std::string> kKeys = {
      "damagePolicy",
      "deleteWhen",
      "diskMaxUsedSpaceRatio",
      "diskSpaceCleanForciblyRatio",
      "diskSpaceWarningLevelRatio",
      "enableConsumeQueueExt",
      "enabledAppendPropCRC",
      "fileReservedTime",
      "flushDiskType",
      "flushIntervalCommitLog",
      "mapedFileSizeCommitLog",
      "mapedFileSizeConsumeQueue",
      "mappedFileSizeCommitLog",
      "mappedFileSizeConsumeQueue",
      "mappedFileSizeConsumeQueueExt",
      "maxHashSlotNum",
      "maxIndexNum",
      "maxMessageSize",
      "messageIndexEnable",
      "storePathCommitLog",
      "storePathRootDir",
      "syncFlushTimeout",
  };
  return kKeys;
}

Status ApplyStoreSettings(const Settings& settings, StoreOptions* store) {
  REWIND_TRY(ReadFolders(settings, store));
  REWIND_TRY(ReadSegmentSizes(settings, store));
  REWIND_TRY(ReadFlush(settings, store));
  REWIND_TRY(ReadIndex(settings, store));
  return ReadRetention(settings, &store->retention);
}

Result<StoreOptions> ReadStoreSettings(const Settings& settings) {
  StoreOptions store;
  const char* home = std::getenv("HOME");
  store.root_directory = std::string(home == nullptr ? "." : home) + "/store";
  REWIND_TRY(ApplyStoreSettings(settings, &store));
  return store;
}

}  // namespace rewindmq::broker
