package dev.rewindmq.conformance.harness;

import dev.rewindmq.conformance.harness.Receipt.Place;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * Holds what producers were told against what a consumer was given, after however many deaths of
 * the broker. Producers are those of {@link Load}: message n of producer p has the key {@code
 * Pp-n}, and is sent again until it is acknowledged, before message n + 1 is sent at all.
 *
 * <p>A message may therefore lie in the log more than once, but only because its first answer was
 * lost; nothing acknowledged may be missing, and in a queue no producer's messages may change
 * places.
 */
public final class HistoryChecker {
  private static final int SHOWN = 10;

  private final List<Receipt> acknowledged;
  private final List<Receipt> consumed;
  private final List<String> faults = new ArrayList<>();

  private HistoryChecker(List<Receipt> acknowledged, List<Receipt> consumed) {
    this.acknowledged = acknowledged;
    this.consumed = consumed;
  }

  /** A sentence for every broken promise; empty when the history is sound. */
  public static List<String> faults(List<Receipt> acknowledged, List<Receipt> consumed) {
    HistoryChecker checker = new HistoryChecker(acknowledged, consumed);
    checker.checkAcknowledgements();
    checker.checkDeliveries();
    checker.checkQueues();
    return checker.faults;
  }

  /** Throws when the history is not sound, with the first few faults. */
  public static void check(String what, List<Receipt> acknowledged, List<Receipt> consumed) {
    List<String> faults = faults(acknowledged, consumed);
    if (!faults.isEmpty()) {
      throw new AssertionError(
          String.format(
              "%s: %d faults in the history: %s",
              what, faults.size(), faults.subList(0, Math.min(SHOWN, faults.size()))));
    }
  }

  /** No offset was given to two messages, and none to a producer out of its turn. */
  private void checkAcknowledgements() {
    Map<Place, String> keys = new HashMap<>();
    Set<String> seen = new HashSet<>();
    for (Receipt receipt : acknowledged) {
      String other = keys.putIfAbsent(receipt.place(), receipt.key());
      if (other != null) {
        fault("duplicate offset: %s was given to %s and %s", receipt, other, receipt.key());
      }
      if (!seen.add(receipt.key())) {
        fault("acknowledged twice: %s", receipt);
      }
    }
  }

  /** Every acknowledged message was consumed where its acknowledgement says. */
  private void checkDeliveries() {
    Map<Place, String> keys = new HashMap<>();
    for (Receipt delivery : consumed) {
      String other = keys.put(delivery.place(), delivery.key());
      if (other != null && !other.equals(delivery.key())) {
        fault("duplicate offset: %s was consumed as %s too", delivery, other);
      }
    }
    for (Receipt receipt : acknowledged) {
      String key = keys.get(receipt.place());
      if (key == null) {
        fault("lost: %s was acknowledged and never consumed", receipt);
      } else if (!key.equals(receipt.key())) {
        fault("lost: %s was acknowledged, and %s lies there", receipt, key);
      }
    }
  }

  /** The offsets of a queue are 0, 1, 2 ... without a hole, and every producer's in its order. */
  private void checkQueues() {
    Map<Integer, TreeMap<Long, Receipt>> queues = new TreeMap<>();
    for (Receipt delivery : consumed) {
      queues
          .computeIfAbsent(delivery.queueId(), unused -> new TreeMap<>())
          .put(delivery.queueOffset(), delivery);
    }
    queues.values().forEach(queue -> checkQueue(List.copyOf(queue.values())));
  }

  private void checkQueue(List<Receipt> inOrder) {
    long next = 0;
    Map<String, Receipt> last = new HashMap<>();
    for (Receipt delivery : inOrder) {
      if (delivery.queueOffset() != next) {
        fault("hole: offset %d is missing before %s", next, delivery);
      }
      next = delivery.queueOffset() + 1;
      String[] key = delivery.key().split("-", 2);
      if (!delivery.key().matches("P\\d+-\\d+")) {
        fault("phantom: nobody sent %s", delivery);
        continue;
      }
      Receipt before = last.put(key[0], delivery);
      if (before != null && number(before) > number(delivery)) {
        fault("reordered: %s lies before %s", before, delivery);
      }
    }
  }

  private void fault(String format, Object... args) {
    faults.add(String.format(format, args));
  }

  private static int number(Receipt receipt) {
    return Integer.parseInt(receipt.key().split("-", 2)[1]);
  }
}
