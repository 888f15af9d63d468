package dev.rewindmq.conformance.driver;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.listener.ConsumeConcurrentlyStatus;
import org.apache.rocketmq.client.consumer.listener.ConsumeOrderlyStatus;
import org.apache.rocketmq.client.consumer.listener.MessageListenerConcurrently;
import org.apache.rocketmq.client.consumer.listener.MessageListenerOrderly;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * A push consumer that counts what it is given by (broker, queue id, queue offset) and message key.
 *
 * <p>Without {@code --commands} it waits for {@code --expect} messages and leaves; with it, it
 * obeys standard input until {@code quit} or the end of the input.
 */
final class ConsumeCommand {
  private static final int DEFAULT_DEADLINE_MS = 60_000;
  private static final int EVENT_INTERVAL = 1_000;

  private final Options options;
  private final Events events;
  private final Tally tally;
  private DefaultMQPushConsumer consumer;

  ConsumeCommand(Options options, Events events) {
    this.options = options;
    this.events = events;
    this.tally = new Tally(options.has("check-bodies"));
  }

  boolean run() throws MQClientException, IOException, InterruptedException {
    start(Deadline.inMs(options.number("deadline-ms", DEFAULT_DEADLINE_MS)));
    events.emit("STARTED");
    try {
      boolean done = options.has("commands") ? obeyCommands() : awaitExpected();
      if (options.optional("out").isPresent()) {
        Receipt.writeAll(Path.of(options.required("out")), tally.receipts());
      }
      return done;
    } finally {
      consumer.shutdown();
      events.emit("STOPPED");
    }
  }

  /**
   * Since 5.x a nameserver that is slow to answer makes the start fail, and a consumer can be
   * started once.
   */
  private void start(Deadline deadline) throws MQClientException {
    while (true) {
      consumer = new DefaultMQPushConsumer(options.required("group"));
      configure();
      try {
        consumer.start();
        return;
      } catch (IllegalStateException e) {
        System.err.println("the consumer did not start: " + e);
        if (deadline.passed()) {
          throw e;
        }
      }
    }
  }

  private void configure() throws MQClientException {
    consumer.setNamesrvAddr(options.required("namesrv"));
    options.optional("instance").ifPresent(consumer::setInstanceName);
    consumer.setConsumeFromWhere(
        options.has("from-last")
            ? ConsumeFromWhere.CONSUME_FROM_LAST_OFFSET
            : ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    if (options.has("broadcast")) {
      // The enum's package differs between 4.x and 5.x, so it is not named here.
      var model = consumer.getMessageModel();
      consumer.setMessageModel(Enum.valueOf(model.getDeclaringClass(), "BROADCASTING"));
    }
    consumer.subscribe(options.required("topic"), options.get("tags", "*"));
    if (options.has("orderly")) {
      consumer.registerMessageListener(
          (MessageListenerOrderly)
              (messages, context) -> {
                count(messages);
                return ConsumeOrderlyStatus.SUCCESS;
              });
    } else {
      consumer.registerMessageListener(
          (MessageListenerConcurrently)
              (messages, context) -> {
                count(messages);
                return ConsumeConcurrentlyStatus.CONSUME_SUCCESS;
              });
    }
  }

  private void count(List<MessageExt> messages) {
    for (MessageExt message : messages) {
      long deliveries = tally.add(message);
      if (options.has("print-events") && deliveries % EVENT_INTERVAL == 0) {
        events.emit("GOT %d", deliveries);
      }
    }
  }

  private boolean awaitExpected() throws InterruptedException {
    return expect(options.number("expect", 0), options.number("deadline-ms", DEFAULT_DEADLINE_MS));
  }

  private boolean obeyCommands() throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      String[] words = line.trim().split("\\s+");
      if (words[0].equals("quit")) {
        break;
      }
      obey(words);
    }
    return true;
  }

  private void obey(String[] words) throws IOException, InterruptedException {
    String command = String.join("/", words[0], Integer.toString(words.length - 1));
    switch (command) {
      case "expect/2" -> expect(Integer.parseInt(words[1]), Long.parseLong(words[2]));
      case "quiet/2" -> quiet(Long.parseLong(words[1]), Long.parseLong(words[2]));
      case "assigned/2" -> assigned(Integer.parseInt(words[1]), Long.parseLong(words[2]));
      case "commit/1" -> commit(Long.parseLong(words[1]));
      case "count/0" -> events.emit("COUNT %s", tally.summary());
      case "reset-count/0" -> {
        tally.reset();
        events.emit("RESET-COUNT");
      }
      case "dump/1" -> {
        Receipt.writeAll(Path.of(words[1]), tally.receipts());
        events.emit("DUMPED");
      }
      default -> events.emit("UNKNOWN %s", String.join(" ", words));
    }
  }

  private boolean expect(int count, long deadlineMs) throws InterruptedException {
    boolean done = tally.awaitDistinct(count, Deadline.inMs(deadlineMs));
    events.emit("%s %s", done ? "CONSUMED" : "TIMEOUT", tally.summary());
    return done;
  }

  private void quiet(long idleMs, long deadlineMs) throws InterruptedException {
    boolean done = tally.awaitQuiet(idleMs, Deadline.inMs(deadlineMs));
    events.emit("%s %s", done ? "QUIET" : "TIMEOUT", tally.summary());
  }

  private void assigned(int queues, long deadlineMs) throws InterruptedException {
    boolean done = owned().awaitCount(queues, Deadline.inMs(deadlineMs));
    events.emit("%s %s", done ? "ASSIGNED" : "TIMEOUT", owned().ids());
  }

  private void commit(long deadlineMs) throws InterruptedException {
    events.emit(owned().commit(Deadline.inMs(deadlineMs)) ? "COMMITTED" : "TIMEOUT");
  }

  private OwnedQueues owned() {
    return new OwnedQueues(consumer, options.required("topic"));
  }
}
