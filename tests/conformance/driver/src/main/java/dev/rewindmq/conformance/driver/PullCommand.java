package dev.rewindmq.conformance.driver;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;

/**
 * A pull consumer that reads every queue from its first to its last offset and commits what it has
 * read.
 *
 * <p>Each queue prints {@code QUEUE id min=.. max=.. next=.. committed=.. beyond=..}, where {@code
 * committed} is read back from the broker and {@code beyond} is the status of a pull past the end;
 * the end prints {@code PULLED} with the same summary as a push consumer's.
 */
final class PullCommand {
  private static final int DEFAULT_DEADLINE_MS = 60_000;
  private static final int BATCH = 32;

  private final Options options;
  private final Events events;
  private final Tally tally = new Tally(false);

  PullCommand(Options options, Events events) {
    this.options = options;
    this.events = events;
  }

  boolean run()
      throws MQClientException,
          RemotingException,
          MQBrokerException,
          InterruptedException,
          IOException {
    Deadline deadline = Deadline.inMs(options.number("deadline-ms", DEFAULT_DEADLINE_MS));
    DefaultMQPullConsumer consumer = new DefaultMQPullConsumer(options.required("group"));
    consumer.setNamesrvAddr(options.required("namesrv"));
    consumer.start();
    try {
      Set<MessageQueue> queues = consumer.fetchSubscribeMessageQueues(options.required("topic"));
      for (MessageQueue queue : queues) {
        pullAll(consumer, queue, deadline);
      }
      if (options.optional("out").isPresent()) {
        Receipt.writeAll(Path.of(options.required("out")), tally.receipts());
      }
      events.emit("PULLED %s", tally.summary());
      return tally.deliveries() == options.number("expect", 0);
    } finally {
      consumer.shutdown();
    }
  }

  private void pullAll(DefaultMQPullConsumer consumer, MessageQueue queue, Deadline deadline)
      throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
    long min = consumer.minOffset(queue);
    long max = consumer.maxOffset(queue);
    long next = min;
    while (next < max && !deadline.passed()) {
      PullResult result = consumer.pull(queue, options.get("tags", "*"), next, BATCH);
      if (result.getPullStatus() == PullStatus.FOUND) {
        result.getMsgFoundList().forEach(tally::add);
      }
      next = result.getNextBeginOffset();
    }
    PullStatus beyond = consumer.pull(queue, "*", max, BATCH).getPullStatus();
    consumer.updateConsumeOffset(queue, next);
    consumer
        .getDefaultMQPullConsumerImpl()
        .getOffsetStore()
        .updateConsumeOffsetToBroker(queue, next, false);
    long committed = consumer.fetchConsumeOffset(queue, true);
    events.emit(
        "QUEUE %d min=%d max=%d next=%d committed=%d beyond=%s",
        queue.getQueueId(), min, max, next, committed, beyond);
  }
}
