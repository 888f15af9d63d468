package dev.rewindmq.conformance.driver;

import java.util.HashMap;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.common.message.MessageQueue;

/**
 * Consumes with the plain pull consumer, as its manual says: goes on wherever the broker's answer
 * says, and commits what it has got.
 */
final class PeerPuller {
  private static final int BATCH = 32;
  private static final int POLL_MS = 50;

  private PeerPuller() {}

  static void pull(Request request, PeerClients clients) throws Exception {
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(request.get("group"));
    consumer.setNamesrvAddr(clients.nameserver());
    consumer.setInstanceName(request.get("group"));
    boolean[] stopped = new boolean[1];
    clients.start(
        request.get("group"),
        consumer::start,
        () -> {
          synchronized (stopped) {
            stopped[0] = true;
          }
          consumer.shutdown();
        });
    request.answer("STARTED");
    Map<MessageQueue, Long> next = new HashMap<>();
    for (MessageQueue queue : consumer.fetchSubscribeMessageQueues(request.get("topic"))) {
      next.put(queue, Math.max(0, consumer.fetchConsumeOffset(queue, true)));
    }
    while (true) {
      for (MessageQueue queue : next.keySet()) {
        synchronized (stopped) {
          if (stopped[0]) {
            return;
          }
          next.put(queue, pullOnce(request, consumer, queue, next.get(queue)));
        }
      }
      Thread.sleep(POLL_MS);
    }
  }

  private static long pullOnce(
      Request request, DefaultMQPullConsumer consumer, MessageQueue queue, long from)
      throws Exception {
    PullResult result = consumer.pull(queue, "*", from, BATCH);
    if (result.getPullStatus() == PullStatus.FOUND) {
      consumer.updateConsumeOffset(queue, result.getNextBeginOffset());
      consumer
          .getDefaultMQPullConsumerImpl()
          .getOffsetStore()
          .updateConsumeOffsetToBroker(queue, result.getNextBeginOffset(), false);
      result.getMsgFoundList().forEach(message -> PeerConsumer.print(request, message));
    }
    return result.getNextBeginOffset();
  }
}
