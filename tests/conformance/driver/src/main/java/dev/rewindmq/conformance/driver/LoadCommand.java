package dev.rewindmq.conformance.driver;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.message.Message;

/**
 * Several producers, each with a connection and a thread of its own, that send one message after
 * the other until they are told to stop. A message is sent again until it is acknowledged, so a
 * producer never goes on before the broker has answered.
 *
 * <p>Message n of producer p has the key {@code Pp-n} and the body that follows from it. Commands
 * on standard input: {@code mark} prints {@code FLOWING n} at the next acknowledgement; {@code
 * stop} lets every producer finish its message, writes {@code --out} and prints {@code STOPPED n
 * retried=r}.
 */
final class LoadCommand {
  private static final int DEFAULT_PRODUCERS = 8;
  private static final int DEFAULT_BODY_BYTES = 1024;
  private static final int DEFAULT_DEADLINE_MS = 300_000;
  private static final int SEND_TIMEOUT_MS = 10_000;

  private final Options options;
  private final Events events;
  private final Acknowledgements acks;
  private final Deadline deadline;
  private final AtomicBoolean marked = new AtomicBoolean();
  private final AtomicBoolean failed = new AtomicBoolean();
  private volatile boolean stopping;

  LoadCommand(Options options, Events events) {
    this.options = options;
    this.events = events;
    this.acks = new Acknowledgements(events, false);
    this.deadline = Deadline.inMs(options.number("deadline-ms", DEFAULT_DEADLINE_MS));
  }

  boolean run() throws MQClientException, IOException, InterruptedException {
    List<DefaultMQProducer> producers = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < options.number("producers", DEFAULT_PRODUCERS); i++) {
      DefaultMQProducer producer = start(i);
      producers.add(producer);
      int number = i;
      threads.add(new Thread(() -> sendUntilStopped(producer, number), "producer " + i));
    }
    threads.forEach(Thread::start);
    events.emit("STARTED");
    obeyCommands();
    stopping = true;
    for (Thread thread : threads) {
      thread.join();
    }
    Receipt.writeAll(Path.of(options.required("out")), acks.receipts());
    events.emit("STOPPED %d retried=%d", acks.count(), acks.retries());
    producers.forEach(DefaultMQProducer::shutdown);
    return !failed.get();
  }

  private DefaultMQProducer start(int number) throws MQClientException {
    DefaultMQProducer producer =
        new DefaultMQProducer(options.get("group", "conformance_load") + "_" + number);
    producer.setNamesrvAddr(options.required("namesrv"));
    producer.setSendMsgTimeout(SEND_TIMEOUT_MS);
    // Producers of one instance name would share a connection.
    producer.setInstanceName("load-" + number);
    producer.start();
    return producer;
  }

  private void obeyCommands() throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      switch (line.trim()) {
        case "mark" -> marked.set(true);
        case "stop" -> {
          return;
        }
        default -> events.emit("UNKNOWN %s", line);
      }
    }
  }

  private void sendUntilStopped(DefaultMQProducer producer, int number) {
    String topic = options.required("topic");
    int bytes = options.number("body-bytes", DEFAULT_BODY_BYTES);
    Sender sender = new Sender(producer, acks, deadline, Sender.ANY_QUEUE);
    try {
      for (int i = 0; !stopping; i++) {
        String key = "P" + number + "-" + i;
        Message message = new Message(topic, "TagA", key, Bodies.random(key, bytes));
        if (!sender.sendEach(List.of(message))) {
          failed.set(true);
          return;
        }
        if (marked.compareAndSet(true, false)) {
          events.emit("FLOWING %d", acks.count());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
