package dev.rewindmq.conformance.driver;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.MessageSelector;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.consumer.store.ReadOffsetType;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A push consumer that prints every message, takes its time as it was asked to, and refuses those
 * it was asked to refuse.
 */
final class PeerConsumer {
  private static final int SUSPEND_MS = 100;

  private static final int SETTLE_MS = 5_000;
  private static final int POLL_MS = 10;

  private final Request request;

  /** Behind the last message accepted, by queue id of the topic. */
  private final Map<Integer, Long> accepted = new ConcurrentHashMap<>();

  private PeerConsumer(Request request) {
    this.request = request;
  }

  static void start(Request request, PeerClients clients) throws MQClientException {
    start(request, clients, new DefaultMQPushConsumer(request.get("group")));
  }

  static void start(Request request, PeerClients clients, DefaultMQPushConsumer consumer)
      throws MQClientException {
    PeerConsumer listener = configure(request, clients, consumer);
    clients.start(request.get("group"), consumer::start, () -> listener.stop(consumer));
    request.answer("STARTED");
  }

  /** Makes a consumer listen as the request says. */
  static PeerConsumer configure(
      Request request, PeerClients clients, DefaultMQPushConsumer consumer)
      throws MQClientException {
    consumer.setNamesrvAddr(request.optional("namesrv").orElse(clients.nameserver()));
    PeerConsumer listener = new PeerConsumer(request);
    listener.configure(consumer);
    return listener;
  }

  /** Everything a test may ask of a message, as one line. */
  static void print(Request request, MessageExt message) {
    request.answer(
        "MESSAGE",
        "key",
        message.getKeys(),
        "tag",
        message.getTags(),
        "topic",
        message.getTopic(),
        "queue",
        message.getQueueId(),
        "offset",
        message.getQueueOffset(),
        "times",
        message.getReconsumeTimes(),
        "sysflag",
        message.getSysFlag(),
        "born",
        message.getBornTimestamp(),
        "stored",
        message.getStoreTimestamp(),
        "at",
        System.currentTimeMillis(),
        "id",
        message.getMsgId(),
        "bytes",
        message.getBody().length,
        "sound",
        isSound(message),
        "retry-topic",
        message.getProperty("RETRY_TOPIC"),
        "origin",
        message.getProperty("ORIGIN_MESSAGE_ID"),
        "body",
        message.getBody().length > 200 ? "" : text(message.getBody()));
  }

  static String text(byte[] body) {
    return new String(body, StandardCharsets.UTF_8);
  }

  private static boolean isSound(MessageExt message) {
    byte[] body = message.getBody();
    return java.util.Arrays.equals(body, Bodies.repeating(message.getKeys(), body.length));
  }

  /** A message is printed before it counts as consumed: a stop waits until all accepted do. */
  private void stop(DefaultMQPushConsumer consumer) {
    Deadline deadline = Deadline.inMs(SETTLE_MS);
    while (!isSettled(consumer) && !deadline.passed()) {
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(POLL_MS));
    }
    consumer.shutdown();
  }

  private boolean isSettled(DefaultMQPushConsumer consumer) {
    var implementation = consumer.getDefaultMQPushConsumerImpl();
    return implementation.getRebalanceImpl().getProcessQueueTable().keySet().stream()
        .filter(queue -> queue.getTopic().equals(request.get("topic")))
        .allMatch(
            queue ->
                implementation
                        .getOffsetStore()
                        .readOffset(queue, ReadOffsetType.READ_FROM_MEMORY)
                    >= accepted.getOrDefault(queue.getQueueId(), Long.MIN_VALUE));
  }

  private void configure(DefaultMQPushConsumer consumer) throws MQClientException {
    consumer.setConsumeFromWhere(
        ConsumeFromWhere.valueOf(
            "CONSUME_FROM_" + request.optional("from").orElse("FIRST_OFFSET")));
    request.optional("timestamp").ifPresent(consumer::setConsumeTimestamp);
    consumer.setMaxReconsumeTimes(request.number("max", -1));
    if (request.has("broadcast")) {
      var model = consumer.getMessageModel();
      consumer.setMessageModel(Enum.valueOf(model.getDeclaringClass(), "BROADCASTING"));
    }
    if (request.has("sql")) {
      consumer.subscribe(request.get("topic"), MessageSelector.bySql(request.get("sql")));
    } else {
      consumer.subscribe(request.get("topic"), request.optional("tags").orElse("*"));
    }
    if (request.has("orderly")) {
      consumer.registerMessageListener((MessageListenerOrderly) this::inOrder);
    } else {
      consumer.registerMessageListener((MessageListenerConcurrently) this::concurrently);
    }
  }

  private ConsumeConcurrentlyStatus concurrently(
      List<MessageExt> messages,
      org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyContext context) {
    context.setDelayLevelWhenNextConsume(request.number("next-level", 0));
    return accept(messages)
        ? ConsumeConcurrentlyStatus.CONSUME_SUCCESS
        : ConsumeConcurrentlyStatus.RECONSUME_LATER;
  }

  private ConsumeOrderlyStatus inOrder(
      List<MessageExt> messages,
      org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyContext context) {
    context.setSuspendCurrentQueueTimeMillis(SUSPEND_MS);
    return accept(messages)
        ? ConsumeOrderlyStatus.SUCCESS
        : ConsumeOrderlyStatus.SUSPEND_CURRENT_QUEUE_A_MOMENT;
  }

  /** Messages that {@code refuse} names are refused until they have come {@code times} times. */
  private boolean accept(List<MessageExt> messages) {
    boolean all = true;
    for (MessageExt message : messages) {
      print(request, message);
      LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(request.number("pause-ms", 0)));
      boolean refused =
          message.getKeys().equals(request.optional("refuse").orElse(""))
              && message.getReconsumeTimes() < request.number("times", Integer.MAX_VALUE);
      all = all && !refused;
      if (!refused && message.getTopic().equals(request.get("topic"))
          && message.getReconsumeTimes() == 0) {
        accepted.merge(message.getQueueId(), message.getQueueOffset() + 1, Math::max);
      }
    }
    return all;
  }
}
