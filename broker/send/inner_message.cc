#include "broker/send/inner_message.h"

#include "common/protocol/properties_text.h"

namespace rewindmq::broker {

InnerMessage InnerMessage::FromRecord(const store::Record& record) {
  InnerMessage message;
  message.topic = record.topic;
  message.queue_id = record.queue_id;
  message.flag = record.flag;
  message.sys_flag = record.sys_flag;
  message.born_timestamp_ms = record.born_timestamp_ms;
  message.born_host = record.born_host;
  message.store_host = record.store_host;
  message.store_timestamp_ms = record.store_timestamp_ms;
  message.reconsume_times = record.reconsume_times;
  message.prepared_transaction_offset = record.prepared_transaction_offset;
  message.body = record.body;
  message.properties = record.properties;
  // It covers the record, not the message.
  protocol::RemoveProperty(store::kPropertyRecordCrc, &message.properties);
  message.tags_code =
      store::TagsCode(store::FindProperty(message.properties, store::kPropertyTags).value_or(""));
  return message;
}

store::MessageToPut InnerMessage::View() const {
  store::MessageToPut view;
  view.topic = topic;
  view.queue_id = queue_id;
  view.flag = flag;
  view.sys_flag = sys_flag;
  view.born_timestamp_ms = born_timestamp_ms;
  view.born_host = born_host;
  view.store_host = store_host;
  view.reconsume_times = reconsume_times;
  view.prepared_transaction_offset = prepared_transaction_offset;
  view.body = body;
  view.properties = properties;
  view.tags_code = tags_code;
  return view;
}

}  // namespace rewindmq::broker
