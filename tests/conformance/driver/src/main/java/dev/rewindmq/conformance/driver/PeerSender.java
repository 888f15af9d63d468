package dev.rewindmq.conformance.driver;

import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** Sends one message as a request describes it. */
final class PeerSender {
  private PeerSender() {}

  static void send(Request request, PeerClients clients) throws Exception {
    send(request, clients, clients.producer());
  }

  static void send(Request request, PeerClients clients, DefaultMQProducer producer)
      throws Exception {
    Message message = message(request);
    long startMs = System.currentTimeMillis();
    SendResult result =
        request.has("queue")
            ? producer.send(message, PeerTopics.queue(request, clients))
            : producer.send(message);
    printSent(request, result, startMs);
  }

  static void printSent(Request request, SendResult result, long startMs) {
    request.answer(
        "SENT",
        "status",
        result.getSendStatus(),
        "queue",
        result.getMessageQueue().getQueueId(),
        "offset",
        result.getQueueOffset(),
        "id",
        result.getMsgId(),
        "start",
        startMs);
  }

  /** Reads key, body or body-bytes, tag, level, and a property X from each prop-X. */
  static Message message(Request request) {
    String key = request.get("key");
    byte[] body =
        request.has("body-bytes")
            ? Bodies.repeating(key, request.number("body-bytes", 0))
            : request.optional("body").orElse(key).getBytes(StandardCharsets.UTF_8);
    Message message =
        new Message(request.get("topic"), request.optional("tag").orElse("TagA"), key, body);
    if (request.has("level")) {
      message.setDelayTimeLevel(request.number("level", 0));
    }
    request.withPrefix("prop-").forEach(message::putUserProperty);
    return message;
  }
}
