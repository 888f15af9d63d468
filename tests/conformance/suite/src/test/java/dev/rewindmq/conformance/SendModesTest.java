package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.Summary;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The ways of sending besides one message at a time: all of it arrives, each message once. */
@ExtendWith(SharedCluster.class)
final class SendModesTest {
  private static final int MESSAGES = 1_000;

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void batchesKeepEveryMessageAtItsOwnOffset(ClientVersion version, Scene scene) throws Exception {
    List<Receipt> sent = scene.produce(version, MESSAGES, "--mode", "batch", "--batch-size", "40");

    assertEquals(MESSAGES, Receipt.places(sent).size());
    assertEquals(Receipt.places(sent), Receipt.places(consumeAll(version, scene)));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void asynchronousSendsAreAnsweredEach(ClientVersion version, Scene scene) throws Exception {
    List<Receipt> sent = scene.produce(version, MESSAGES, "--mode", "async");

    assertEquals(MESSAGES, Receipt.places(sent).size());
    assertEquals(Receipt.places(sent), Receipt.places(consumeAll(version, scene)));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void onewaySendsArrive(ClientVersion version, Scene scene) throws Exception {
    scene.produce(version, MESSAGES, "--mode", "oneway");

    assertEquals(MESSAGES, Receipt.keys(consumeAll(version, scene)).size());
  }

  private static List<Receipt> consumeAll(ClientVersion version, Scene scene) throws Exception {
    Consumer consumer = scene.startConsumer(version);
    Summary counted = consumer.expect(MESSAGES);
    assertEquals(MESSAGES, counted.deliveries());
    return consumer.receipts();
  }
}
