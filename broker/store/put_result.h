#pragma once
// What goes into MessageStore::Put and what comes out (RocketMQ's MessageExtBrokerInner and
// PutMessageResult). Thread safety: plain values.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "broker/store/host_address.h"

namespace rewindmq::store {

// The views need to live only while the call runs.
struct MessageToPut {
  std::string_view topic;
  int32_t queue_id = 0;
  int32_t flag = 0;
  int32_t sys_flag = 0;  // the two IPv6 bits are set by the store from the addresses
  int64_t born_timestamp_ms = 0;
  HostAddress born_host;
  HostAddress store_host;
  int32_t reconsume_times = 0;
  int64_t prepared_transaction_offset = 0;
  std::string_view body;
  std::string_view properties;  // key 0x01 value 0x02 …
  int64_t tags_code = 0;        // goes into the consume queue; see TagsCode() in record.h
};

enum class PutStatus : uint8_t {
  kOk,
  kMessageIllegal,          // topic, queue id or sizes are not allowed
  kPropertiesSizeExceeded,  // more than 32767 bytes of properties
  kServiceNotAvailable,     // disk full, closed, or failed; later may work when the disk was full
  kCreateFileFailed,        // a new segment cannot be created for another reason than space
  kTimerRefused,            // the broker takes no messages for later, or no more of them
};

// One offset a message; the usual single one needs no allocation.
class OffsetList {
 public:
  void push_back(int64_t offset) {
    if (size_ == 1 && many_.empty()) many_.push_back(one_);
    if (size_ == 0) {
      one_ = offset;
    } else {
      many_.push_back(offset);
    }
    ++size_;
  }
  size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const int64_t* begin() const { return size_ > 1 ? many_.data() : &one_; }
  const int64_t* end() const { return begin() + size_; }
  int64_t operator[](size_t index) const { return begin()[index]; }
  int64_t front() const { return begin()[0]; }

 private:
  size_t size_ = 0;
  int64_t one_ = 0;
  std::vector<int64_t> many_;
};

struct PutResult {
  PutStatus status = PutStatus::kOk;
  int64_t queue_offset = 0;        // of the first message; a batch's messages follow one by one
  int64_t store_timestamp_ms = 0;  // one value for all messages of a batch
  int64_t end_offset = 0;          // durable once the log is flushed up to here; see WhenDurable
  OffsetList physical_offsets;     // one a message, in order
  std::string error;               // for people, when status is not kOk

  bool ok() const { return status == PutStatus::kOk; }
};

}  // namespace rewindmq::store
