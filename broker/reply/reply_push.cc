#include "broker/reply/reply_push.h"

#include "common/protocol/properties_text.h"

namespace rewindmq::broker {

protocol::Outgoing MakeReplyPush(const SendRequest& reply, std::string_view body,
                                 const ReplyHosts& hosts, int64_t now_ms) {
  std::string properties(reply.properties);
  protocol::SetProperty("PUSH_REPLY_TIME", std::to_string(now_ms), &properties);
  auto push = protocol::MakeRequest(protocol::kPushReplyMessageToClient);
  push.With("producerGroup", std::string(reply.producer_group))
      .With("topic", std::string(reply.topic))
      .With("defaultTopic", std::string(reply.default_topic))
      .With("defaultTopicQueueNums", reply.default_topic_queue_nums)
      .With("queueId", reply.queue_id)
      .With("sysFlag", reply.sys_flag)
      .With("bornTimestamp", reply.born_timestamp_ms)
      .With("flag", reply.flag)
      .With("properties", std::move(properties))
      .With("reconsumeTimes", reply.reconsume_times)
      .With("unitMode", std::string("false"))
      .With("bornHost", hosts.born)
      .With("storeHost", hosts.store)
      .With("storeTimestamp", now_ms);
  push.body = body;
  return push;
}

}  // namespace rewindmq::broker
