// Message properties, read by the store and by the protocol: both must say the same of any bytes.
// Input: length of a key, the key, the properties.

#include "broker/store/record.h"
#include "common/protocol/properties_text.h"
#include "tests/fuzz/check.h"

namespace rewindmq {
namespace {

using protocol::kPropertyEnd;
using protocol::kPropertyNameEnd;

void CheckReaders(std::string_view key, std::string_view properties) {
  auto found = protocol::FindProperty(properties, key);
  FUZZ_CHECK(found == store::FindProperty(properties, key));
  FUZZ_CHECK(fuzz::Within(found.value_or(""), properties));
  auto pairs = protocol::ParseProperties(properties);
  std::vector<std::pair<std::string, std::string>> copy;
  for (const auto& [name, value] : pairs) {
    FUZZ_CHECK(!name.empty() && !value.empty());
    FUZZ_CHECK(fuzz::Within(name, properties) && fuzz::Within(value, properties));
    FUZZ_CHECK(store::FindProperty(properties, name).has_value());
    copy.emplace_back(name, value);
  }
  std::string built = protocol::BuildProperties(copy);
  auto again = protocol::ParseProperties(built);
  FUZZ_CHECK(again == pairs);
}

void CheckWriters(std::string_view key, std::string_view properties) {
  std::string removed(properties);
  protocol::RemoveProperty(key, &removed);
  bool is_name =
      !key.empty() && key.find(kPropertyEnd) == key.npos && key.find(kPropertyNameEnd) == key.npos;
  if (!is_name) return;
  FUZZ_CHECK(!protocol::FindProperty(removed, key).has_value());
  std::string set(properties);
  protocol::SetProperty(key, "value", &set);
  FUZZ_CHECK(protocol::FindProperty(set, key) == "value");
  FUZZ_CHECK(protocol::RemoveProperty(key, &set));
  FUZZ_CHECK(!protocol::FindProperty(set, key).has_value());
}

void CheckJavaProperties(std::string_view text) {
  auto decoded = protocol::DecodeJavaProperties(text);
  if (!decoded.ok()) return;
  for (const auto& [key, value] : *decoded) FUZZ_CHECK(!key.empty());
  protocol::EncodeJavaProperties(*decoded);
}

}  // namespace
}  // namespace rewindmq

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace rewindmq;
  std::string_view input = fuzz::ViewOf(data, size);
  size_t key_bytes = std::min<size_t>(fuzz::TakeByte(&input), input.size());
  fuzz::ExactBytes key(input.substr(0, key_bytes));
  fuzz::ExactBytes properties(input.substr(key_bytes));
  CheckReaders(key.view(), properties.view());
  CheckWriters(key.view(), properties.view());
  CheckJavaProperties(properties.view());
  return 0;
}
