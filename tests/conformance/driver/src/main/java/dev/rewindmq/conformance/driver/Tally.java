package dev.rewindmq.conformance.driver;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.common.message.MessageClientExt;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * What a consumer has been given since the last {@link #reset}: every delivery by its place
 * (broker, queue id, queue offset). Thread-safe; waiting is by notification, never by polling.
 */
final class Tally {
  private record Place(String broker, int queueId, long queueOffset) implements Comparable<Place> {
    @Override
    public int compareTo(Place other) {
      int byBroker = broker.compareTo(other.broker);
      int byQueue = byBroker != 0 ? byBroker : Integer.compare(queueId, other.queueId);
      return byQueue != 0 ? byQueue : Long.compare(queueOffset, other.queueOffset);
    }
  }

  private final boolean checkBodies;
  private final Map<Place, Receipt> receipts = new TreeMap<>();
  private long deliveries;
  private long outOfOrder;
  private long lastDeliveryNanos = System.nanoTime();
  private final Map<String, Long> lastOffsets = new TreeMap<>();

  /** With {@code checkBodies} a body that does not follow from its key spoils the key. */
  Tally(boolean checkBodies) {
    this.checkBodies = checkBodies;
  }

  /**
   * Returns the number of deliveries so far. The broker is told apart by its store address: 4.2.0
   * does not tell a listener the broker's name.
   */
  synchronized long add(MessageExt message) {
    String broker = message.getStoreHost().toString();
    Place place = new Place(broker, message.getQueueId(), message.getQueueOffset());
    Receipt before = receipts.get(place);
    int times = before == null ? 1 : before.deliveries() + 1;
    receipts.put(
        place,
        new Receipt(
            key(message),
            message.getQueueId(),
            message.getQueueOffset(),
            message.getStoreTimestamp(),
            storeId(message),
            times));
    deliveries++;
    lastDeliveryNanos = System.nanoTime();
    Long last = lastOffsets.put(broker + "/" + message.getQueueId(), message.getQueueOffset());
    if (last != null && message.getQueueOffset() != last + 1) {
      outOfOrder++;
    }
    notifyAll();
    return deliveries;
  }

  private String key(MessageExt message) {
    String key = String.valueOf(message.getKeys());
    boolean wrong = checkBodies && !Bodies.isRandom(key, message.getBody());
    return wrong ? key + ":WRONG" : key;
  }

  /** The id made of the broker's address and the commit log offset, as a producer is told it. */
  private static String storeId(MessageExt message) {
    return ((MessageClientExt) message).getOffsetMsgId();
  }

  synchronized long deliveries() {
    return deliveries;
  }

  synchronized void reset() {
    receipts.clear();
    lastOffsets.clear();
    deliveries = 0;
    outOfOrder = 0;
  }

  synchronized Collection<Receipt> receipts() {
    return new ArrayList<>(receipts.values());
  }

  /** Waits until {@code count} different places have been delivered; false when time is up. */
  synchronized boolean awaitDistinct(int count, Deadline deadline) throws InterruptedException {
    while (receipts.size() < count) {
      if (!waitUntil(deadline.nanos())) {
        return false;
      }
    }
    return true;
  }

  /** Waits until nothing has been delivered for {@code idleMs}; false when time is up first. */
  synchronized boolean awaitQuiet(long idleMs, Deadline deadline) throws InterruptedException {
    long startNanos = System.nanoTime();
    while (true) {
      long quietFromNanos =
          Math.max(startNanos, lastDeliveryNanos) + TimeUnit.MILLISECONDS.toNanos(idleMs);
      if (System.nanoTime() >= quietFromNanos) {
        return true;
      }
      if (deadline.passed()) {
        return false;
      }
      waitUntil(Math.min(quietFromNanos, deadline.nanos()));
    }
  }

  /** For example {@code 10 distinct=10 keys=10 out-of-order=0 ids=0:0-4,1:0-4}. */
  synchronized String summary() {
    Set<String> keys = new HashSet<>();
    receipts.values().forEach(receipt -> keys.add(receipt.key()));
    return String.format(
        "%d distinct=%d keys=%d out-of-order=%d ids=%s",
        deliveries, receipts.size(), keys.size(), outOfOrder, ranges());
  }

  private String ranges() {
    List<String> ranges = new ArrayList<>();
    Place first = null;
    Place last = null;
    for (Place place : receipts.keySet()) {
      boolean follows =
          last != null
              && place.broker().equals(last.broker())
              && place.queueId() == last.queueId()
              && place.queueOffset() == last.queueOffset() + 1;
      if (!follows) {
        addRange(ranges, first, last);
        first = place;
      }
      last = place;
    }
    addRange(ranges, first, last);
    return ranges.isEmpty() ? "-" : String.join(",", ranges);
  }

  private static void addRange(List<String> ranges, Place first, Place last) {
    if (first != null) {
      ranges.add(first.queueId() + ":" + first.queueOffset() + "-" + last.queueOffset());
    }
  }

  private boolean waitUntil(long deadlineNanos) throws InterruptedException {
    long leftNanos = deadlineNanos - System.nanoTime();
    if (leftNanos <= 0) {
      return false;
    }
    TimeUnit.NANOSECONDS.timedWait(this, Math.max(leftNanos, 1_000_000));
    return true;
  }
}
