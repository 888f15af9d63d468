package dev.rewindmq.conformance.driver;

import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/** Sends a message for a moment of its own instead of one of the delay levels (5.x). */
final class Timers implements Ability {
  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    Message message = PeerSender.message(request);
    long startMs = System.currentTimeMillis();
    long ms = Long.parseLong(request.get("ms"));
    switch (request.get("way")) {
      case "delay-ms" -> message.setDelayTimeMs(ms);
      case "delay-sec" -> message.setDelayTimeSec(ms / 1000);
      case "deliver-at" -> message.setDeliverTimeMs(startMs + ms);
      default -> throw new UsageException("no such way: " + request.get("way"));
    }
    SendResult result = clients.producer().send(message);
    request.answer(
        "SENT",
        "status",
        result.getSendStatus(),
        "start",
        startMs,
        "id",
        result.getMsgId(),
        "handle",
        result.getRecallHandle());
  }
}
