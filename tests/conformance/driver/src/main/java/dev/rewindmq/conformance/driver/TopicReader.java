package dev.rewindmq.conformance.driver;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;

/**
 * Reads a topic whole, as lines of text which are equal when two brokers serve the same: {@code
 * queue ID MIN MAX COMMITTED} for every queue and {@code message ...} for every message, in order.
 */
final class TopicReader {
  private static final int BATCH = 32;

  /** What the client itself adds to a message it has pulled. */
  private static final Set<String> ADDED_BY_CLIENT = Set.of("MIN_OFFSET", "MAX_OFFSET");

  private final DefaultMQPullConsumer consumer;
  private final Deadline deadline;

  TopicReader(DefaultMQPullConsumer consumer, Deadline deadline) {
    this.consumer = consumer;
    this.deadline = deadline;
  }

  List<String> read(String topic, String tags) throws InterruptedException {
    List<String> lines = new ArrayList<>();
    for (MessageQueue queue : queues(topic)) {
      persist(() -> lines.addAll(readQueue(queue, tags)));
    }
    return lines;
  }

  /** Commits a part of every queue for the consumer's group, and waits until the broker has it. */
  void commit(String topic, int percent) throws InterruptedException {
    for (MessageQueue queue : queues(topic)) {
      persist(
          () -> {
            long min = consumer.minOffset(queue);
            long offset = min + (consumer.maxOffset(queue) - min) * percent / 100;
            consumer.updateConsumeOffset(queue, offset);
            consumer
                .getDefaultMQPullConsumerImpl()
                .getOffsetStore()
                .updateConsumeOffsetToBroker(queue, offset, false);
          });
    }
  }

  /** Everything a consumer is told about a message, and whether its body is the one for its key. */
  static String line(MessageExt message) {
    boolean sound = MixedMessages.isOne(message.getKeys(), message.getBody());
    return String.join(
        " ",
        "message",
        Integer.toString(message.getQueueId()),
        Long.toString(message.getQueueOffset()),
        ((MessageClientExt) message).getOffsetMsgId(),
        message.getMsgId(),
        "bytes=" + message.getBody().length + (sound ? "" : ":WRONG"),
        "size=" + message.getStoreSize(),
        "crc=" + message.getBodyCRC(),
        "flag=" + message.getFlag() + "," + message.getSysFlag(),
        "born=" + message.getBornTimestamp() + "@" + message.getBornHost(),
        "stored=" + message.getStoreTimestamp() + "@" + message.getStoreHost(),
        "retries=" + message.getReconsumeTimes(),
        properties(message));
  }

  private static String properties(MessageExt message) {
    Map<String, String> sorted = new TreeMap<>(message.getProperties());
    sorted.keySet().removeAll(ADDED_BY_CLIENT);
    return sorted.entrySet().stream()
        .map(entry -> encode(entry.getKey()) + "=" + encode(entry.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private List<MessageQueue> queues(String topic) throws InterruptedException {
    List<MessageQueue> queues = new ArrayList<>();
    persist(() -> queues.addAll(consumer.fetchSubscribeMessageQueues(topic)));
    return queues.stream().sorted().toList();
  }

  private List<String> readQueue(MessageQueue queue, String tags)
      throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
    List<String> lines = new ArrayList<>();
    long min = consumer.minOffset(queue);
    long max = consumer.maxOffset(queue);
    long committed = consumer.fetchConsumeOffset(queue, true);
    lines.add(
        String.format("queue %d min=%d max=%d at=%d", queue.getQueueId(), min, max, committed));
    long next = min;
    while (next < max) {
      PullResult result = consumer.pull(queue, tags, next, BATCH);
      if (result.getPullStatus() == PullStatus.FOUND) {
        result.getMsgFoundList().forEach(message -> lines.add(line(message)));
      }
      if (result.getNextBeginOffset() <= next) {
        throw new IllegalStateException("stuck at " + queue + " offset " + next + ": " + result);
      }
      next = result.getNextBeginOffset();
    }
    return lines;
  }

  private void persist(Persistence.Attempt attempt) throws InterruptedException {
    Exception[] last = new Exception[1];
    if (!Persistence.persist(deadline, e -> last[0] = e, attempt)) {
      throw new IllegalStateException("gave up: " + last[0]);
    }
  }
}
