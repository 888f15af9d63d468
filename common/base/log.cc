#include "common/base/log.h"

#include "common/base/log_level.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <memory>
#include <nlohmann/json.hpp>

namespace rewindmq {
namespace {

// The message as a JSON string, so that no log line can break its own framing.
class JsonMessage : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm&,
              spdlog::memory_buf_t& dest) override {
    nlohmann::json text = std::string(msg.payload.data(), msg.payload.size());
    std::string quoted = text.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    dest.append(quoted.data(), quoted.data() + quoted.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<JsonMessage>();
  }
};

}  // namespace

Status CheckLogOptions(const LogOptions& options) {
  auto level = spdlog::level::from_str(options.level);
  if (level == spdlog::level::off && options.level != "off") {
    return {ErrorCode::kInvalidArgument,
            "log level '" + options.level + "' is unknown; use trace, debug, info, warn or error"};
  }
  if (options.format == "json" || options.format == "text") return Status::Ok();
  return {ErrorCode::kInvalidArgument,
          "log format '" + options.format + "' is unknown; use text or json"};
}

void SetLogLevel(const std::string& level) { spdlog::set_level(spdlog::level::from_str(level)); }

Status InitLogging(const LogOptions& options) {
  REWIND_TRY(CheckLogOptions(options));
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  if (options.format == "json") {
    formatter->add_flag<JsonMessage>('*').set_pattern(
        R"({"time":"%Y-%m-%dT%H:%M:%S.%e%z","level":"%l","message":%*})");
  } else {
    formatter->set_pattern("%Y-%m-%d %H:%M:%S.%e %-5l %v");
  }
  auto logger =
      std::make_shared<spdlog::logger>("rewind", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->set_formatter(std::move(formatter));
  logger->set_level(spdlog::level::from_str(options.level));
  logger->flush_on(spdlog::level::trace);
  spdlog::set_default_logger(std::move(logger));
  return Status::Ok();
}

}  // namespace rewindmq
