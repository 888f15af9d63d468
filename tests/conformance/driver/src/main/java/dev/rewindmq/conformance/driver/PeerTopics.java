package dev.rewindmq.conformance.driver;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.PullResult;
import org.apache.rocketmq.client.consumer.PullStatus;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.MessageQueue;

/** What a peer does with a topic as a whole. */
final class PeerTopics {
  private static final int PATIENCE_MS = 60_000;
  private static final int BATCH = 32;
  private static final int POLL_MS = 20;

  private PeerTopics() {}

  /** Creates a topic, and waits until the nameserver has a route to it. */
  static void create(Request request, PeerClients clients) throws Exception {
    DefaultMQProducer producer = clients.producer();
    String topic = request.get("topic");
    createTopic(producer, topic, request.number("queues", 1));
    Deadline deadline = Deadline.inMs(PATIENCE_MS);
    Exception[] last = new Exception[1];
    boolean found =
        Persistence.persist(
            deadline, e -> last[0] = e, () -> producer.fetchPublishMessageQueues(topic));
    if (!found) {
      throw last[0];
    }
    request.answer("CREATED");
  }

  /** The ids of the queues a producer would send to. */
  static void queues(Request request, PeerClients clients) throws MQClientException {
    List<Integer> ids =
        clients.producer().fetchPublishMessageQueues(request.get("topic")).stream()
            .map(MessageQueue::getQueueId)
            .sorted()
            .toList();
    request.answer("QUEUES", "ids", ids);
  }

  static void search(Request request, PeerClients clients) throws Exception {
    MessageQueue queue = queue(request, clients);
    long ms = Long.parseLong(request.get("ms"));
    request.answer("FOUND", "offset", clients.reader().searchOffset(queue, ms));
  }

  /**
   * Reads every queue of a topic to its end with a pull consumer, and waits for {@code expect}
   * messages, of those whose body contains {@code contains}.
   */
  static void read(Request request, PeerClients clients) throws Exception {
    DefaultMQPullConsumer reader = clients.reader();
    Deadline deadline = Deadline.inMs(PATIENCE_MS);
    int expected = request.number("expect", 0);
    int found = readAll(request, reader, 0);
    while (found < expected && !deadline.passed()) {
      Thread.sleep(POLL_MS);
      found = readAll(request, reader, found);
    }
    request.answer("READ", "count", found);
  }

  /** Prints what lies beyond the first {@code known} messages, and returns how many there are. */
  private static int readAll(Request request, DefaultMQPullConsumer reader, int known)
      throws Exception {
    int count = 0;
    List<MessageQueue> queues = new ArrayList<>();
    try {
      queues.addAll(reader.fetchSubscribeMessageQueues(request.get("topic")));
    } catch (MQClientException e) {
      return 0; // No route yet: the topic is made by its first message.
    }
    for (MessageQueue queue : queues) {
      long next = Math.max(0, reader.minOffset(queue));
      long max = reader.maxOffset(queue);
      while (next < max) {
        PullResult result = reader.pull(queue, "*", next, BATCH);
        if (result.getPullStatus() == PullStatus.FOUND) {
          for (var message : result.getMsgFoundList()) {
            String body = PeerConsumer.text(message.getBody());
            if (body.contains(request.optional("contains").orElse("")) && count++ >= known) {
              PeerConsumer.print(request, message);
            }
          }
        }
        next = result.getNextBeginOffset();
      }
    }
    return count;
  }

  static MessageQueue queue(Request request, PeerClients clients) throws MQClientException {
    int id = request.number("queue", 0);
    return clients.producer().fetchPublishMessageQueues(request.get("topic")).stream()
        .filter(one -> one.getQueueId() == id)
        .findFirst()
        .orElseThrow(() -> new UsageException("no queue " + id));
  }

  /** 5.x has a fourth parameter, and no longer the method without it. */
  private static void createTopic(DefaultMQProducer producer, String topic, int queues)
      throws Exception {
    for (Method method : DefaultMQProducer.class.getMethods()) {
      if (!method.getName().equals("createTopic")) {
        continue;
      }
      Class<?>[] types = method.getParameterTypes();
      if (types.length == 3) {
        method.invoke(producer, "TBW102", topic, queues);
        return;
      }
      if (types.length == 4 && types[3] == Map.class) {
        method.invoke(producer, "TBW102", topic, queues, Map.of());
        return;
      }
    }
    throw new IllegalStateException("no createTopic");
  }
}
