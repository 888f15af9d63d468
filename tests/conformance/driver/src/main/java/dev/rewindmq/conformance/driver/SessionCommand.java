package dev.rewindmq.conformance.driver;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A producer and a pull consumer which stay while brokers come and go, and obey standard input: a
 * store is filled, read whole and compared, by the same client.
 *
 * <p>Each command prints one line: its answer, or {@code FAILED} when the deadline for one command
 * has passed.
 */
final class SessionCommand {
  private static final int DEFAULT_DEADLINE_MS = 60_000;
  private static final int SEND_TIMEOUT_MS = 10_000;
  private static final int BATCH_SIZE = 40;
  private static final int QUERY_LIMIT = 64;

  private final Options options;
  private final Events events;
  private DefaultMQProducer producer;
  private DefaultMQPullConsumer consumer;

  SessionCommand(Options options, Events events) {
    this.options = options;
    this.events = events;
  }

  boolean run() throws MQClientException, IOException, InterruptedException {
    producer = new DefaultMQProducer(options.required("group") + "_producer");
    producer.setNamesrvAddr(options.required("namesrv"));
    producer.setSendMsgTimeout(SEND_TIMEOUT_MS);
    producer.start();
    consumer = new DefaultMQPullConsumer(options.required("group"));
    consumer.setNamesrvAddr(options.required("namesrv"));
    consumer.start();
    events.emit("STARTED");
    try {
      obeyCommands();
      return true;
    } finally {
      consumer.shutdown();
      producer.shutdown();
    }
  }

  private void obeyCommands() throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.trim().split("\\s+");
      if (words[0].equals("quit")) {
        return;
      }
      try {
        obey(words);
      } catch (IllegalStateException e) {
        events.emit("FAILED %s: %s", line, e.getMessage());
      }
    }
  }

  private void obey(String[] words) throws IOException, InterruptedException {
    Deadline deadline = Deadline.inMs(options.number("deadline-ms", DEFAULT_DEADLINE_MS));
    TopicReader reader = new TopicReader(consumer, deadline);
    switch (words[0] + "/" + (words.length - 1)) {
      case "send/5" -> {
        List<Message> messages =
            MixedMessages.of(words[1], Integer.parseInt(words[2]), Integer.parseInt(words[3]));
        send(messages, words[4], Path.of(words[5]), deadline);
      }
      case "read/3" -> {
        List<String> lines = reader.read(words[1], words[2]);
        Files.write(Path.of(words[3]), lines);
        events.emit("READ %d", lines.size());
      }
      case "commit/2" -> {
        reader.commit(words[1], Integer.parseInt(words[2]));
        events.emit("COMMITTED");
      }
      case "query/3" -> query(() -> byKey(words[1], words[2]), Path.of(words[3]));
      case "unique/3" -> query(() -> byUniqueId(words[1], words[2]), Path.of(words[3]));
      default -> events.emit("UNKNOWN %s", String.join(" ", words));
    }
  }

  private void send(List<Message> messages, String mode, Path receipts, Deadline deadline)
      throws IOException, InterruptedException {
    Acknowledgements acks = new Acknowledgements(events, false);
    Sender sender = new Sender(producer, acks, deadline, Sender.ANY_QUEUE);
    boolean done =
        switch (mode) {
          case "sync" -> sender.sendEach(messages);
          case "async" -> sender.sendAsync(messages);
          case "batch" -> sender.sendBatches(messages, BATCH_SIZE);
          default -> throw new UsageException("send is sync, async or batch, not " + mode);
        };
    if (!done) {
      throw new IllegalStateException(acks.count() + " were acknowledged");
    }
    Receipt.writeAll(receipts, acks.receipts());
    events.emit("SENT %d retried=%d", acks.count(), acks.retries());
  }

  private interface Query {
    List<MessageExt> run() throws MQClientException, InterruptedException;
  }

  private List<MessageExt> byKey(String topic, String key)
      throws MQClientException, InterruptedException {
    return producer.queryMessage(topic, key, QUERY_LIMIT, 0, Long.MAX_VALUE).getMessageList();
  }

  private List<MessageExt> byUniqueId(String topic, String id)
      throws MQClientException, InterruptedException {
    return List.of(producer.getDefaultMQProducerImpl().queryMessageByUniqKey(topic, id));
  }

  /** A client that finds nothing throws, whatever the reason. */
  private void query(Query query, Path file) throws IOException, InterruptedException {
    List<String> lines = List.of();
    try {
      lines = query.run().stream().map(TopicReader::line).sorted().toList();
    } catch (MQClientException e) {
      System.err.println("query: " + e);
    }
    Files.write(file, lines);
    events.emit("QUERIED %d", lines.size());
  }
}
