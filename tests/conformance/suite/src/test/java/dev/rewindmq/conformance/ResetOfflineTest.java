package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rewindmq.conformance.harness.AdminTool;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.History;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.ToolResult;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A group is reset by time while nobody of it is online. The broker either moves the offsets itself
 * (server-side reset) or answers 206 and lets the tool move them; either way a consumer started
 * later reads from there.
 */
@ExtendWith(SharedCluster.class)
final class ResetOfflineTest {
  private static final ClientVersion CLIENT = ClientVersion.V5_5_0;

  @ParameterizedTest
  @MethodSource("dev.rewindmq.conformance.harness.AdminTool#all")
  void consumerStartedLaterReadsFromTheNewOffsets(AdminTool tool, Scene scene) throws Exception {
    History.of(CLIENT, scene);
    Consumer before = scene.startConsumer(CLIENT);
    before.expect(History.ALL);
    List<Receipt> consumed = before.receipts();
    before.quit();
    long timeMs = History.pauseEndMs(consumed) - 1;
    Set<Receipt.Place> wanted =
        Receipt.places(consumed, receipt -> receipt.storeTimeMs() >= timeMs);

    ToolResult reset = scene.reset(tool, Long.toString(timeMs));

    reset.assertReset();
    assertEquals(firstOffsets(wanted), reset.targets(), reset.toString());
    Consumer after = scene.startConsumer(CLIENT);
    assertEquals(wanted.size(), after.expect(wanted.size()).deliveries());
    assertEquals(wanted, Receipt.places(after.receipts()));
  }

  private static Map<Integer, Long> firstOffsets(Set<Receipt.Place> places) {
    return places.stream()
        .collect(Collectors.toMap(Receipt.Place::queueId, Receipt.Place::queueOffset, Math::min));
  }
}
