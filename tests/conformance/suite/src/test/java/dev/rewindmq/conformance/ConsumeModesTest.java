package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.Summary;
import dev.rewindmq.conformance.harness.ToolResult;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The ways of consuming: filtered, orderly, by pull, to everybody, and shared between members of a
 * group.
 */
@ExtendWith(SharedCluster.class)
final class ConsumeModesTest {
  private static final int MESSAGES = 1_000;
  private static final int QUEUES = 4;
  private static final Pattern PULLED_QUEUE =
      Pattern.compile("QUEUE \\d+ min=0 max=(\\d+) next=(\\d+) committed=(\\d+) beyond=NO_NEW_MSG");

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void tagFilterLetsOnlyItsTagsThrough(ClientVersion version, Scene scene) throws Exception {
    List<Receipt> sent = scene.produce(version, 900, "--tags", "TagA,TagB,TagC");
    Consumer consumer = scene.startConsumer(version, "--tags", "TagA || TagC");

    assertEquals(600, consumer.expect(600).deliveries());

    Set<String> wanted =
        sent.stream()
            .map(Receipt::key)
            .filter(key -> number(key) % 3 != 1)
            .collect(Collectors.toSet());
    assertEquals(wanted, Receipt.keys(consumer.receipts()));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void orderlyConsumerSeesEveryQueueInOrder(ClientVersion version, Scene scene) throws Exception {
    scene.produce(version, MESSAGES);
    Consumer consumer = scene.startConsumer(version, "--orderly");

    Summary counted = consumer.expect(MESSAGES);

    assertEquals(MESSAGES, counted.deliveries());
    assertEquals(0, counted.outOfOrder());
  }

  /** An orderly consumer may only take a queue that the one before it has unlocked. */
  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void orderlyConsumerHandsItsQueuesOn(ClientVersion version, Scene scene) throws Exception {
    scene.produce(version, MESSAGES);
    Consumer first = scene.startConsumer(version, "--orderly");
    first.expect(MESSAGES);
    first.quit();
    scene.produce(version, MESSAGES, "--start", Integer.toString(MESSAGES));

    Consumer second = scene.startConsumer(version, "--orderly");
    Summary counted = second.expect(MESSAGES);

    assertEquals(MESSAGES, counted.deliveries());
    assertEquals(0, counted.outOfOrder());
    assertTrue(Receipt.keys(second.receipts()).stream().allMatch(key -> number(key) >= MESSAGES));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void pullConsumerReadsAndCommitsEveryQueue(ClientVersion version, Scene scene) throws Exception {
    scene.produce(version, MESSAGES);

    ToolResult pulled = scene.pull(version, MESSAGES);

    assertEquals(0, pulled.exitCode(), pulled.errors());
    List<String> queues =
        pulled.output().stream().filter(line -> line.startsWith("QUEUE")).toList();
    assertEquals(QUEUES, queues.size(), pulled.toString());
    for (String line : queues) {
      Matcher queue = PULLED_QUEUE.matcher(line);
      assertTrue(queue.matches(), line);
      assertEquals(queue.group(1), queue.group(2), line);
      assertEquals(queue.group(1), queue.group(3), line);
    }
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void broadcastingGivesEverythingToEverybody(ClientVersion version, Scene scene) throws Exception {
    scene.produce(version, MESSAGES);
    Consumer first = scene.startConsumer(version, "--broadcast");
    Consumer second = scene.startConsumer(version, "--broadcast");

    assertEquals(MESSAGES, first.expect(MESSAGES).deliveries());
    assertEquals(MESSAGES, second.expect(MESSAGES).deliveries());
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void membersOfAGroupShareTheQueues(ClientVersion version, Scene scene) throws Exception {
    // The topic must exist before it can be shared; this message's tag keeps it out of the count.
    scene.produce(version, 1, "--tags", "Ignored");
    Consumer first = scene.startConsumer(version, "--tags", "TagA");
    Consumer second = scene.startConsumer(version, "--tags", "TagA");
    List<Integer> ofFirst = first.awaitAssigned(QUEUES / 2);
    List<Integer> ofSecond = second.awaitAssigned(QUEUES / 2);

    List<Receipt> sent = scene.produce(version, MESSAGES);

    assertConsumes(first, Receipt.places(sent, receipt -> ofFirst.contains(receipt.queueId())));
    assertConsumes(second, Receipt.places(sent, receipt -> ofSecond.contains(receipt.queueId())));
    assertEquals(
        Set.of(0, 1, 2, 3),
        Stream.of(ofFirst, ofSecond).flatMap(List::stream).collect(Collectors.toSet()));

    second.quit();
    first.awaitAssigned(QUEUES);
  }

  private static void assertConsumes(Consumer consumer, Set<Receipt.Place> wanted)
      throws Exception {
    assertEquals(wanted.size(), consumer.expect(wanted.size()).deliveries());
    assertEquals(wanted, Receipt.places(consumer.receipts()));
  }

  private static int number(String key) {
    return Integer.parseInt(key.substring(1));
  }
}
