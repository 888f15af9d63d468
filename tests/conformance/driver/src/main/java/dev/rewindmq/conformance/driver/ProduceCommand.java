package dev.rewindmq.conformance.driver;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/**
 * Sends "Hello RocketMQ i" with key {@code Ki} until every message is acknowledged or the deadline
 * has passed.
 *
 * <p>Each thousandth acknowledgement prints {@code ACKED n} with {@code --print-events}; the end
 * prints {@code SENT n retried=r}. {@code --out} writes one {@link Receipt} per acknowledgement:
 * where a message was sent again because its first answer never came, only the answered sending is
 * listed.
 */
final class ProduceCommand {
  private static final int DEFAULT_COUNT = 10_000;
  private static final int DEFAULT_DEADLINE_MS = 60_000;
  private static final int DEFAULT_BATCH_SIZE = 50;
  private static final int SEND_TIMEOUT_MS = 10_000;

  private final Options options;
  private final Events events;
  private final String topic;
  private final String[] tags;
  private final int start;
  private final int count;

  ProduceCommand(Options options, Events events) {
    this.options = options;
    this.events = events;
    this.topic = options.required("topic");
    this.tags = options.get("tags", "TagA").split(",");
    this.start = options.number("start", 0);
    this.count = options.number("count", DEFAULT_COUNT);
  }

  boolean run() throws MQClientException, IOException, InterruptedException {
    Deadline deadline = Deadline.inMs(options.number("deadline-ms", DEFAULT_DEADLINE_MS));
    DefaultMQProducer producer =
        new DefaultMQProducer(options.get("group", "conformance_producer"));
    producer.setNamesrvAddr(options.required("namesrv"));
    producer.setSendMsgTimeout(SEND_TIMEOUT_MS);
    producer.start();
    try {
      Acknowledgements acks = new Acknowledgements(events, options.has("print-events"));
      Sender sender =
          new Sender(producer, acks, deadline, options.number("queue", Sender.ANY_QUEUE));
      boolean done = send(sender);
      if (options.optional("out").isPresent()) {
        Receipt.writeAll(Path.of(options.required("out")), acks.receipts());
      }
      events.emit("SENT %d retried=%d", acks.count(), acks.retries());
      return done;
    } finally {
      producer.shutdown();
    }
  }

  private boolean send(Sender sender) throws InterruptedException {
    String mode = options.get("mode", "sync");
    return switch (mode) {
      case "sync" -> sender.sendEach(messages());
      case "async" -> sender.sendAsync(messages());
      case "oneway" -> sender.sendOneway(messages());
      case "batch" ->
          sender.sendBatches(messages(), options.number("batch-size", DEFAULT_BATCH_SIZE));
      default -> throw new UsageException("--mode is sync, async, oneway or batch, not " + mode);
    };
  }

  private List<Message> messages() {
    List<Message> messages = new ArrayList<>(count);
    for (int i = start; i < start + count; i++) {
      byte[] body = ("Hello RocketMQ " + i).getBytes(StandardCharsets.UTF_8);
      messages.add(new Message(topic, tags[i % tags.length], "K" + i, body));
    }
    return messages;
  }
}
