#include "common/protocol/codes.h"

#include <array>

namespace rewindmq::protocol {
namespace {

constexpr std::array<std::string_view, 14> kLanguageNames = {
    "JAVA",  "CPP",  "DOTNET", "PYTHON", "DELPHI", "ERLANG", "RUBY",
    "OTHER", "HTTP", "GO",     "PHP",    "OMS",    "RUST",   "NODE_JS"};

}  // namespace

std::string_view LanguageName(Language language) {
  auto index = static_cast<size_t>(language);
  return index < kLanguageNames.size() ? kLanguageNames[index] : "OTHER";
}

Language LanguageFromName(std::string_view name) {
  for (size_t i = 0; i < kLanguageNames.size(); ++i) {
    if (kLanguageNames[i] == name) return static_cast<Language>(i);
  }
  return Language::kOther;
}

Language LanguageFromCode(uint8_t code) {
  return code < kLanguageNames.size() ? static_cast<Language>(code) : Language::kOther;
}

}  // namespace rewindmq::protocol
