#include "broker/send/batch.h"

#include <string>

#include "common/base/bytes.h"

namespace rewindmq::broker {

Result<std::vector<BatchItem>> DecodeBatch(std::string_view body) {
  std::vector<BatchItem> items;
  ByteReader reader(body);
  while (!reader.rest().empty()) {
    size_t before = reader.rest().size();
    BatchItem item;
    auto total = reader.Read<int32_t>();
    reader.Read<int32_t>();  // magic, unused
    reader.Read<int32_t>();  // CRC, unused: the broker computes it
    item.flag = reader.Read<int32_t>();
    item.body = reader.ReadBytes(reader.Read<int32_t>());
    item.properties = reader.ReadBytes(reader.Read<int16_t>());
    if (!reader.ok() || total < 0 || before - reader.rest().size() != static_cast<size_t>(total)) {
      return Status(ErrorCode::kInvalidArgument,
                    "message " + std::to_string(items.size()) + " of the batch is malformed");
    }
    if (items.size() == kMaxBatchItems) {
      return Status(ErrorCode::kInvalidArgument,
                    "the batch holds more than " + std::to_string(kMaxBatchItems) + " messages");
    }
    items.push_back(item);
  }
  if (items.empty()) return Status(ErrorCode::kInvalidArgument, "the batch is empty");
  return items;
}

}  // namespace rewindmq::broker
