#pragma once
// The one door to the store for messages of clients and of the broker itself (RocketMQ's
// HookUtils.handleScheduleMessage before DefaultMessageStore.putMessage): a message that is for
// later goes to where it waits, everything else straight into the store.
// Thread safety: any thread.

#include <vector>

#include "broker/send/inner_message.h"
#include "broker/send/send_properties.h"
#include "broker/store/message_store.h"

namespace rewindmq::broker {

class MessageWriter {
 public:
  explicit MessageWriter(store::MessageStore* store) : store_(store) {}

  // `properties` are those of the message, when the caller has scanned them already.
  store::PutResult Put(const store::MessageToPut& message, const SendProperties& properties);
  store::PutResult Put(const store::MessageToPut& message) {
    return Put(message, ScanProperties(message.properties));
  }
  store::PutResult Put(const InnerMessage& message) { return Put(message.View()); }
  // None of them is for later.
  store::PutResult PutBatch(const std::vector<store::MessageToPut>& messages) {
    return store_->PutBatch(messages);
  }

 private:
  store::MessageStore* const store_;
};

}  // namespace rewindmq::broker
