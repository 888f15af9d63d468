package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.AdminTool;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.History;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.ToolResult;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A group is reset by time while its consumer runs, by every tool and with every client. */
@ExtendWith(SharedCluster.class)
final class ResetOnlineTest {
  private static final int FEW = 100;

  static Stream<Arguments> clientsAndTools() {
    return Arrays.stream(ClientVersion.values())
        .flatMap(client -> AdminTool.all().map(tool -> Arguments.of(client, tool)));
  }

  @ParameterizedTest
  @MethodSource("clientsAndTools")
  void timeBeforeTheFirstMessageBringsEverythingAgain(
      ClientVersion client, AdminTool tool, Scene scene) throws Exception {
    History history = History.of(client, scene);
    Consumer consumer = consumeAll(client, scene);
    long timeMs = History.firstStoreTimeMs(consumer.receipts()) - 1_000;
    consumer.resetCount();

    ToolResult reset = scene.reset(tool, Long.toString(timeMs));

    reset.assertReset();
    assertEquals(Map.of(0, 0L, 1, 0L, 2, 0L, 3, 0L), reset.targets(), reset.toString());
    assertEquals(History.ALL, consumer.expect(History.ALL).deliveries());
    assertEquals(Receipt.places(history.sent()), Receipt.places(consumer.receipts()));
  }

  /** Between two runs of messages with a pause between them every server finds the same place. */
  @ParameterizedTest
  @MethodSource("clientsAndTools")
  void timeInAPauseBringsWhatWasStoredAfterIt(ClientVersion client, AdminTool tool, Scene scene)
      throws Exception {
    History.of(client, scene);
    Consumer consumer = consumeAll(client, scene);
    List<Receipt> consumed = consumer.receipts();

    // One millisecond before: brokers up to 5.1.0 take the nearest message, not the first at or
    // after the time.
    assertBringsAgain(scene, tool, consumer, History.pauseEndMs(consumed) - 1, consumed);
  }

  @ParameterizedTest
  @MethodSource("clientsAndTools")
  void timeSharedByManyMessagesBringsAllOfThem(ClientVersion client, AdminTool tool, Scene scene)
      throws Exception {
    assumeTrue(
        ServerKind.current() != ServerKind.APACHE_4_2_0,
        "up to 5.1.0 the broker picks any of several messages stored in the same millisecond");
    History.of(client, scene);
    Consumer consumer = consumeAll(client, scene);
    List<Receipt> consumed = consumer.receipts();

    assertBringsAgain(scene, tool, consumer, mostCrowdedStoreTime(consumed), consumed);
  }

  @ParameterizedTest
  @MethodSource("clientsAndTools")
  void nowBringsNothingAgain(ClientVersion client, AdminTool tool, Scene scene) throws Exception {
    assumeTrue(
        ServerKind.current() != ServerKind.APACHE_4_2_0,
        "up to 5.1.0 the broker answers a time after the last message with the last message");
    scene.produce(client, FEW);
    Consumer consumer = scene.startConsumer(client);
    assertEquals(FEW, consumer.expect(FEW).deliveries());
    consumer.commit();
    consumer.resetCount();

    ToolResult reset = scene.reset(tool, "now");
    reset.assertReset();
    // What is sent now comes after the client has dealt with the reset, so nothing else can still
    // be under way.
    scene.produce(client, 1, "--start", Integer.toString(FEW));

    assertEquals(
        FEW, reset.targets().values().stream().mapToLong(Long::longValue).sum(), reset.toString());
    assertEquals(1, consumer.expect(1).deliveries());
    assertEquals(Set.of("K" + FEW), Receipt.keys(consumer.receipts()));
  }

  private static Consumer consumeAll(ClientVersion client, Scene scene) throws Exception {
    Consumer consumer = scene.startConsumer(client);
    assertEquals(History.ALL, consumer.expect(History.ALL).deliveries());
    consumer.commit();
    return consumer;
  }

  /** In or out is decided by the store time alone, to the millisecond. */
  private static void assertBringsAgain(
      Scene scene, AdminTool tool, Consumer consumer, long timeMs, List<Receipt> consumed)
      throws Exception {
    Set<Receipt.Place> wanted =
        Receipt.places(consumed, receipt -> receipt.storeTimeMs() >= timeMs);
    assertFalse(wanted.isEmpty());
    consumer.resetCount();

    ToolResult reset = scene.reset(tool, Long.toString(timeMs));

    reset.assertReset();
    assertEquals(wanted.size(), consumer.expect(wanted.size()).deliveries(), reset.toString());
    assertEquals(wanted, Receipt.places(consumer.receipts()));
  }

  /** The millisecond in which most messages were stored. */
  private static long mostCrowdedStoreTime(List<Receipt> receipts) {
    Map<Long, Integer> counts = new TreeMap<>();
    receipts.forEach(receipt -> counts.merge(receipt.storeTimeMs(), 1, Integer::sum));
    return counts.entrySet().stream()
        .max(Comparator.comparing(Map.Entry::getValue))
        .orElseThrow()
        .getKey();
  }
}
