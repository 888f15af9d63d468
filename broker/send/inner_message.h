#pragma once
// A message that the broker itself makes and that owns its parts (RocketMQ's
// MessageExtBrokerInner): a copy of a stored record that changes its topic, its properties or its
// place. Thread safety: a plain value.

#include <cstdint>
#include <string>

#include "broker/store/host_address.h"
#include "broker/store/put_result.h"
#include "broker/store/record.h"

namespace rewindmq::broker {

struct InnerMessage {
  std::string topic;
  int32_t queue_id = 0;
  int32_t flag = 0;
  int32_t sys_flag = 0;
  int64_t born_timestamp_ms = 0;
  store::HostAddress born_host;
  store::HostAddress store_host;
  int64_t store_timestamp_ms = 0;  // of the record it was made from; the store gives a new one
  int32_t reconsume_times = 0;
  int64_t prepared_transaction_offset = 0;
  std::string body;
  std::string properties;  // key 0x01 value 0x02 …, without a record's own checksum
  int64_t tags_code = 0;

  // The tags code is that of the TAGS property.
  static InnerMessage FromRecord(const store::Record& record);

  // Valid as long as this is unchanged.
  store::MessageToPut View() const;
};

}  // namespace rewindmq::broker
