package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.Summary;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Ten thousand messages go in and the same ten thousand come out, each once. */
@ExtendWith(SharedCluster.class)
final class MainJobTest {
  private static final int MESSAGES = 10_000;

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void consumesExactlyWhatWasSent(ClientVersion version, Scene scene) throws Exception {
    List<Receipt> sent = scene.produce(version, MESSAGES);
    Consumer consumer = scene.startConsumer(version);

    Summary counted = consumer.expect(MESSAGES);

    assertEquals(MESSAGES, counted.deliveries());
    assertEquals(MESSAGES, counted.keys());
    assertEquals(identities(sent), identities(consumer.receipts()));
  }

  /**
   * Key, queue, offset and store id: the acknowledgement and the delivery must tell the same of a
   * message.
   */
  private static Set<List<Object>> identities(List<Receipt> receipts) {
    return receipts.stream()
        .map(receipt -> List.<Object>of(receipt.key(), receipt.place(), receipt.storeId()))
        .collect(Collectors.toSet());
  }
}
