package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Messages whose producer decides later whether they were ever sent. */
@ExtendWith(SharedCluster.class)
final class TransactionTest {
  private static final Duration QUIET = Duration.ofSeconds(3);

  /** The shared servers' transactionTimeOut. */
  private static final long IMMUNE_MS = 1_500;

  @BeforeEach
  void halfMessagesExistSince43() {
    assumeTrue(
        ServerKind.current() != ServerKind.APACHE_4_2_0,
        "4.2.0 stores half messages, but has no back-check");
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void committedMessageIsSeen(ClientVersion version, Scene scene) throws Exception {
    Peer.Call consumer = startConsumer(version, scene);

    transact(version, scene, "COMMIT_MESSAGE", "ROLLBACK_MESSAGE", 0).await("SENT");

    Peer.Answer message = consumer.messages(1).get(0);
    assertEquals("Tx", message.get("key"));
    assertEquals(scene.topic(), message.get("topic"));
    assertEquals(List.of(), consumer.further(QUIET));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void rolledBackMessageIsNeverSeenNorAskedAbout(ClientVersion version, Scene scene)
      throws Exception {
    Peer.Call consumer = startConsumer(version, scene);

    Peer.Call transaction = transact(version, scene, "ROLLBACK_MESSAGE", "COMMIT_MESSAGE", 0);
    transaction.await("SENT");
    scene.peer(version).ask("send", "topic", scene.topic(), "key", "Plain").await("SENT");

    assertEquals("Plain", consumer.messages(1).get(0).get("key"));
    assertEquals(List.of(), consumer.further(QUIET.multipliedBy(2)));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void brokerAsksUntilTheProducerKnows(ClientVersion version, Scene scene) throws Exception {
    Peer.Call consumer = startConsumer(version, scene);

    Peer.Call transaction = transact(version, scene, "UNKNOW", "COMMIT_MESSAGE", 1);
    long startMs = transaction.await("SENT").number("start");

    Peer.Answer first = transaction.await("CHECKED");
    assertEquals("Tx", first.get("key"));
    assertEquals(scene.topic(), first.get("topic"));
    assertTrue(first.number("at") - startMs >= IMMUNE_MS, first.toString());
    transaction.await("CHECKED");
    assertEquals("Tx", consumer.messages(1).get(0).get("key"));
    assertEquals(List.of(), consumer.further(QUIET));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void rollbackAfterABackCheckHolds(ClientVersion version, Scene scene) throws Exception {
    Peer.Call consumer = startConsumer(version, scene);

    Peer.Call transaction = transact(version, scene, "UNKNOW", "ROLLBACK_MESSAGE", 0);
    transaction.await("CHECKED");

    assertEquals(List.of(), consumer.further(QUIET.multipliedBy(2)));
  }

  private static Peer.Call startConsumer(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    Peer.Call consumer = peer.ask("consume", "topic", scene.topic(), "group", scene.group());
    consumer.await("STARTED");
    return consumer;
  }

  private static Peer.Call transact(
      ClientVersion version, Scene scene, String state, String check, int unknownChecks)
      throws Exception {
    return scene
        .peer(version)
        .ask(
            "transact",
            "topic",
            scene.topic(),
            "group",
            scene.group() + "_producer",
            "key",
            "Tx",
            "state",
            state,
            "check",
            check,
            "checks",
            unknownChecks);
  }
}
