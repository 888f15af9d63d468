package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.Producer;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Scene;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A broker killed in the middle of sending loses nothing that it has acknowledged. */
final class CrashTest {
  private static final int MESSAGES = 10_000;
  private static final int KILLED_AFTER = 3_000;

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void everyAcknowledgedMessageIsConsumed(ClientVersion version) throws Exception {
    try (Cluster cluster = Cluster.start();
        Scene scene = Scene.on(cluster)) {
      Producer producer = scene.startProducer(version, MESSAGES);
      producer.awaitAcknowledged(KILLED_AFTER);
      cluster.killBroker();
      cluster.startBroker();
      List<Receipt> sent = producer.await();

      Consumer consumer = scene.startConsumer(version);
      consumer.expect(MESSAGES);

      // More may come than was acknowledged: a message stored, but killed before its answer, was
      // sent again.
      List<Receipt> consumed = consumer.receipts();
      assertEquals(Receipt.keys(sent), Receipt.keys(consumed));
      Set<Receipt.Place> lost = Receipt.places(sent);
      lost.removeAll(Receipt.places(consumed));
      assertTrue(lost.isEmpty(), () -> "acknowledged but never consumed: " + lost);
    }
  }
}
