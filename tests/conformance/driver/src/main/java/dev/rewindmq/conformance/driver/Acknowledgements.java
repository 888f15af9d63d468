package dev.rewindmq.conformance.driver;

import java.util.ArrayList;
import java.util.List;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.common.message.Message;

/**
 * What the broker has acknowledged to this producer. Thread-safe: asynchronous answers come on many
 * threads.
 */
final class Acknowledgements {
  private static final int EVENT_INTERVAL = 1_000;

  private final Events events;
  private final boolean printEvents;
  private final List<Receipt> receipts = new ArrayList<>();
  private int count;
  private int retries;
  private String lastCause = "";

  Acknowledgements(Events events, boolean printEvents) {
    this.events = events;
    this.printEvents = printEvents;
  }

  void add(Message message, SendResult result) {
    add(message.getKeys(), result, 0, result.getOffsetMsgId());
  }

  /**
   * The answer to a batch names the first message's offset and all store ids, separated by commas.
   */
  void addBatch(List<Message> batch, SendResult result) {
    String[] ids = result.getOffsetMsgId().split(",");
    for (int i = 0; i < batch.size(); i++) {
      add(batch.get(i).getKeys(), result, i, ids[i]);
    }
  }

  synchronized void addOneway() {
    counted();
  }

  /** A broker that is away fails many sends alike: only a cause unlike the last one is printed. */
  synchronized void addRetry(Throwable cause) {
    retries++;
    if (!cause.toString().equals(lastCause)) {
      lastCause = cause.toString();
      System.err.println("send failed, sending again: " + lastCause);
    }
  }

  synchronized int count() {
    return count;
  }

  synchronized int retries() {
    return retries;
  }

  synchronized List<Receipt> receipts() {
    return new ArrayList<>(receipts);
  }

  private synchronized void add(String key, SendResult result, int indexInBatch, String storeId) {
    receipts.add(
        new Receipt(
            key,
            result.getMessageQueue().getQueueId(),
            result.getQueueOffset() + indexInBatch,
            0,
            storeId,
            1));
    counted();
  }

  private void counted() {
    count++;
    if (printEvents && count % EVENT_INTERVAL == 0) {
      events.emit("ACKED %d", count);
    }
  }
}
