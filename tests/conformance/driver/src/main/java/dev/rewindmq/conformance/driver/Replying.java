package dev.rewindmq.conformance.driver;

import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.utils.MessageUtil;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** A consumer which answers every request with "re: " and its body (since 4.6). */
final class Replying implements Ability {
  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(request.get("group"));
    consumer.setNamesrvAddr(clients.nameserver());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.subscribe(request.get("topic"), "*");
    consumer.registerMessageListener(
        (MessageListenerConcurrently)
            (messages, context) -> {
              messages.forEach(message -> reply(request, clients, message));
              return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
            });
    clients.start(request.get("group"), consumer::start, consumer::shutdown);
    request.answer("STARTED");
  }

  private static void reply(Request request, PeerClients clients, MessageExt message) {
    try {
      byte[] body =
          ("re: " + PeerConsumer.text(message.getBody())).getBytes(StandardCharsets.UTF_8);
      SendResult result =
          clients.producer().send(MessageUtil.createReplyMessage(message, body));
      request.answer("REPLIED", "status", result.getSendStatus());
    } catch (Exception e) {
      request.answer("FAILED", "error", e);
    }
  }
}
