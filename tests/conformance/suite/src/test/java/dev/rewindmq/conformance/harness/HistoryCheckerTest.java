package dev.rewindmq.conformance.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Each test breaks one promise in a sound history: the checker must say which. */
final class HistoryCheckerTest {
  private static final int PRODUCERS = 3;
  private static final int ROUNDS = 8;
  private static final int QUEUES = 2;

  /** Producers take turns, and each sends to all queues in turn. */
  private final List<Receipt> acknowledged = new ArrayList<>();

  private final List<Receipt> consumed = new ArrayList<>();

  HistoryCheckerTest() {
    long[] next = new long[QUEUES];
    for (int i = 0; i < ROUNDS; i++) {
      for (int producer = 0; producer < PRODUCERS; producer++) {
        int queue = (i + producer) % QUEUES;
        acknowledged.add(receipt("P" + producer + "-" + i, queue, next[queue]++));
      }
    }
    consumed.addAll(acknowledged);
  }

  @Test
  void soundHistoryHasNoFault() {
    assertEquals(List.of(), faults());
    HistoryChecker.check("sound", acknowledged, consumed);
  }

  /** Killed before its answer, a message was sent again: it lies there twice. */
  @Test
  void messageStoredTwiceIsNoFault() {
    Receipt last = lastOf(0);
    consumed.add(receipt(last.key(), 0, last.queueOffset() + 1));

    assertEquals(List.of(), faults());
  }

  @Test
  void deliveryRepeatedIsNoFault() {
    consumed.add(consumed.get(5));

    assertEquals(List.of(), faults());
  }

  @Test
  void findsLostMessageInTheMiddle() {
    consumed.remove(7);

    assertFinds("lost: ");
    assertFinds("hole: ");
  }

  @Test
  void findsLostMessageAtTheEndOfItsQueue() {
    consumed.remove(lastOf(1));

    assertEquals(1, faults().size(), faults()::toString);
    assertFinds("lost: ");
  }

  @Test
  void findsQueueLostAltogether() {
    consumed.removeIf(receipt -> receipt.queueId() == 1);

    assertEquals(ROUNDS * PRODUCERS / QUEUES, faults().size());
    assertFinds("lost: ");
  }

  @Test
  void findsOtherMessageAtTheAcknowledgedPlace() {
    Receipt replaced = consumed.get(4);
    consumed.set(4, receipt(consumed.get(10).key(), replaced.queueId(), replaced.queueOffset()));

    assertFinds("lost: ");
  }

  /** The broker says the same to producers and consumer, and yet has exchanged two messages. */
  @Test
  void findsReordering() {
    List<Integer> ofOne = new ArrayList<>();
    for (int i = 0; i < acknowledged.size(); i++) {
      if (acknowledged.get(i).queueId() == 0 && acknowledged.get(i).key().startsWith("P1-")) {
        ofOne.add(i);
      }
    }
    Receipt earlier = acknowledged.get(ofOne.get(1));
    Receipt later = acknowledged.get(ofOne.get(2));
    acknowledged.set(ofOne.get(1), receipt(later.key(), 0, earlier.queueOffset()));
    acknowledged.set(ofOne.get(2), receipt(earlier.key(), 0, later.queueOffset()));
    consumed.clear();
    consumed.addAll(acknowledged);

    assertEquals(1, faults().size(), faults()::toString);
    assertFinds("reordered: ");
  }

  @Test
  void findsOffsetGivenToTwoMessages() {
    Receipt first = acknowledged.get(3);
    acknowledged.add(receipt("P2-" + ROUNDS, first.queueId(), first.queueOffset()));

    assertFinds("duplicate offset: ");
  }

  @Test
  void findsTwoMessagesConsumedAtOneOffset() {
    Receipt first = consumed.get(3);
    consumed.add(receipt("P2-" + ROUNDS, first.queueId(), first.queueOffset()));

    assertFinds("duplicate offset: ");
  }

  @Test
  void findsMessageNobodySent() {
    Receipt last = lastOf(0);
    consumed.add(receipt("P1-3:WRONG", 0, last.queueOffset() + 1));

    assertFinds("phantom: ");
  }

  @Test
  void findsMessageAcknowledgedTwice() {
    Receipt last = lastOf(0);
    acknowledged.add(receipt(last.key(), 0, last.queueOffset() + 1));
    consumed.add(receipt(last.key(), 0, last.queueOffset() + 1));

    assertFinds("acknowledged twice: ");
  }

  @Test
  void failureNamesTheRunAndTheFault() {
    consumed.remove(7);

    AssertionError error =
        assertThrows(
            AssertionError.class, () -> HistoryChecker.check("seed 42", acknowledged, consumed));

    assertTrue(error.getMessage().startsWith("seed 42: 2 faults"), error.getMessage());
    assertTrue(error.getMessage().contains("lost: "), error.getMessage());
  }

  private List<String> faults() {
    return HistoryChecker.faults(acknowledged, consumed);
  }

  private void assertFinds(String fault) {
    assertTrue(faults().stream().anyMatch(one -> one.startsWith(fault)), faults()::toString);
  }

  private Receipt lastOf(int queueId) {
    return acknowledged.stream()
        .filter(receipt -> receipt.queueId() == queueId)
        .reduce((before, after) -> after)
        .orElseThrow();
  }

  private static Receipt receipt(String key, int queueId, long queueOffset) {
    return new Receipt(key, queueId, queueOffset, 0, "-", 1);
  }
}
