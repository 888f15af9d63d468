#include "cli/result_file.h"

#include <utility>

#include "common/base/file_system.h"
#include "reset/json_fields.h"
#include "reset/request_json.h"
#include "reset/table_json.h"

namespace rewindmq::cli {
namespace {

constexpr size_t kMaxResultBytes = 64U << 20;
constexpr size_t kMaxTextBytes = 4096;
constexpr std::string_view kFormat = "rewindmq.dev/reset-result/v1";

Result<ResultFile> Decode(const std::string& text) {
  reset::Json json = reset::Json::parse(text, nullptr, false);
  std::string format;
  if (json.is_discarded()) return Status(ErrorCode::kInvalidArgument, "it is not JSON");
  REWIND_TRY(reset::ReadField(json, "format", &format));
  if (format != kFormat) {
    return Status(ErrorCode::kInvalidArgument,
                  "its `format` is '" + format + "', not '" + std::string(kFormat) + "'");
  }
  ResultFile result;
  REWIND_TRY(reset::ReadField(json, "nameServers", &result.name_servers));
  REWIND_TRY(reset::ReadField(json, "planHash", &result.plan_hash));
  REWIND_TRY(reset::ReadTime(json, "planTime", &result.plan_time_ms));
  REWIND_TRY_ASSIGN(result.request, reset::RequestFromJson(reset::FieldOrEmpty(json, "request")));
  REWIND_TRY_ASSIGN(result.table, reset::TableFromJson(json));
  return result;
}

}  // namespace

Status WriteResult(const std::string& path, const ResultFile& result) {
  if (path.empty()) return Status::Ok();
  reset::Json json = reset::Json::object();
  json["format"] = kFormat;
  reset::WriteText(&json, "nameServers", result.name_servers, kMaxTextBytes);
  json["planHash"] = result.plan_hash;
  reset::WriteTime(&json, "planTime", result.plan_time_ms);
  json["request"] = reset::RequestToJson(result.request);
  reset::TableToJson(result.table, &json);
  return ReplaceFile(RealFileSystem(), path, json.dump(2) + "\n").WithContext("--result");
}

Result<ResultFile> ReadResult(const std::string& path) {
  Result<std::string> text = RealFileSystem().Read(path, kMaxResultBytes);
  if (!text.ok()) return text.status().WithContext("the result file");
  Result<ResultFile> result = Decode(*text);
  if (!result.ok()) return result.status().WithContext(path + " is no result of a reset");
  return result;
}

Status CheckNoResultYet(const std::string& path) {
  if (path.empty() || !RealFileSystem().Exists(path)) return Status::Ok();
  return {ErrorCode::kInvalidArgument,
          "--result " + path +
              " exists already, and without it nobody could undo what it describes; name another"};
}

}  // namespace rewindmq::cli
