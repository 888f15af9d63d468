#include "broker/send/message_writer.h"

namespace rewindmq::broker {

store::PutResult MessageWriter::Put(const store::MessageToPut& message, const SendProperties&) {
  return store_->Put(message);
}

}  // namespace rewindmq::broker
