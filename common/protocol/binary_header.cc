#include "common/protocol/binary_header.h"

#include "common/base/bytes.h"

namespace rewindmq::protocol {

Status DecodeBinaryHeader(std::string_view header, Command* command) {
  ByteReader reader(header);
  command->code = reader.Read<int16_t>();
  command->language = LanguageFromCode(reader.Read<uint8_t>());
  command->version = reader.Read<int16_t>();
  command->opaque = reader.Read<int32_t>();
  command->flag = reader.Read<uint32_t>();
  command->remark = reader.ReadBytes(reader.Read<int32_t>());
  std::string_view block = reader.ReadBytes(reader.Read<int32_t>());
  if (!reader.ok()) return {ErrorCode::kCorruption, "binary header: a length points past its end"};
  ByteReader fields(block);
  while (!fields.rest().empty()) {
    std::string_view name = fields.ReadBytes(fields.Read<int16_t>());
    std::string_view value = fields.ReadBytes(fields.Read<int32_t>());
    if (!fields.ok()) {
      return {ErrorCode::kCorruption, "binary header: a field's length points past its end"};
    }
    if (!command->fields.Add(name, value)) {
      return {ErrorCode::kCorruption,
              "binary header: more than " + std::to_string(kMaxFields) + " fields"};
    }
  }
  return Status::Ok();
}

void AppendBinaryHeader(const Outgoing& command, std::string* out) {
  AppendBe<int16_t>(out, static_cast<int16_t>(command.code));
  AppendBe<uint8_t>(out, static_cast<uint8_t>(command.language));
  AppendBe<int16_t>(out, static_cast<int16_t>(command.version));
  AppendBe<int32_t>(out, command.opaque);
  AppendBe<uint32_t>(out, command.flag);
  AppendBe<int32_t>(out, static_cast<int32_t>(command.remark.size()));
  out->append(command.remark);
  size_t length_at = out->size();
  AppendBe<int32_t>(out, 0);
  for (const auto& [name, value] : command.fields) {
    AppendBe<int16_t>(out, static_cast<int16_t>(name.size()));
    out->append(name);
    AppendBe<int32_t>(out, static_cast<int32_t>(value.size()));
    out->append(value);
  }
  StoreBe<int32_t>(out->data() + length_at, static_cast<int32_t>(out->size() - length_at - 4));
}

}  // namespace rewindmq::protocol
