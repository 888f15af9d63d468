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
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of messages that their consumer refuses. */
@ExtendWith(SharedCluster.class)
final class RetryTest {
  private static final long FIRST_RETRY_MS = 10_000;
  private static final long LATE_MS = 2_500;
  private static final Duration QUIET = Duration.ofSeconds(2);

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void refusedMessageComesAgainWithRisingTimes(ClientVersion version, Scene scene)
      throws Exception {
    Peer peer = peer(version, scene);
    peer.ask("send", "topic", scene.topic(), "key", "Bad").await("SENT");
    peer.ask("send", "topic", scene.topic(), "key", "Good").await("SENT");
    Peer.Call consumer =
        peer.ask(
            "consume", "topic", scene.topic(), "group", scene.group(), "refuse", "Bad", "times", 3,
            "next-level", 1);

    List<Peer.Answer> messages = consumer.messages(5);

    List<Peer.Answer> bad =
        messages.stream().filter(message -> message.get("key").equals("Bad")).toList();
    assertEquals(4, bad.size(), messages.toString());
    for (int i = 0; i < bad.size(); i++) {
      assertEquals(i, bad.get(i).number("times"));
      assertEquals(scene.topic(), bad.get(i).get("topic"), "the client undoes the retry topic");
      assertEquals(bad.get(0).get("id"), bad.get(i).get("id"));
      if (i > 0) {
        assertEquals(scene.topic(), bad.get(i).get("retry-topic"));
        assertBetween(bad.get(i - 1), bad.get(i), 1_000);
      }
    }
    assertEquals(List.of(), consumer.further(QUIET));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void firstRetryWaitsForTheThirdLevel(ClientVersion version, Scene scene) throws Exception {
    Peer peer = peer(version, scene);
    peer.ask("send", "topic", scene.topic(), "key", "Bad").await("SENT");

    List<Peer.Answer> messages =
        peer.ask(
                "consume",
                "topic",
                scene.topic(),
                "group",
                scene.group(),
                "refuse",
                "Bad",
                "times",
                1)
            .messages(2);

    assertEquals(1, messages.get(1).number("times"));
    assertBetween(messages.get(0), messages.get(1), FIRST_RETRY_MS);
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void messageRefusedTooOftenLiesInTheDeadLetterQueue(ClientVersion version, Scene scene)
      throws Exception {
    ServerKind kind = ServerKind.current();
    assumeTrue(
        kind == ServerKind.REWIND || kind == ServerKind.APACHE_5_5_0,
        "dead letter queues can be read without being changed since 5.0");
    Peer peer = peer(version, scene);
    peer.ask("send", "topic", scene.topic(), "key", "Bad").await("SENT");
    Peer.Call consumer =
        peer.ask(
            "consume", "topic", scene.topic(), "group", scene.group(), "refuse", "Bad", "max", 2,
            "next-level", 1);

    List<Peer.Answer> tried = consumer.messages(3);
    List<Peer.Answer> dead =
        peer.ask("read", "topic", "%DLQ%" + scene.group(), "expect", 1).messages(1);

    assertEquals(
        List.of(0L, 1L, 2L), tried.stream().map(message -> message.number("times")).toList());
    assertEquals("Bad", dead.get(0).get("key"));
    assertEquals(3, dead.get(0).number("times"));
    assertEquals(scene.topic(), dead.get(0).get("retry-topic"));
    assertEquals("%DLQ%" + scene.group(), dead.get(0).get("topic"));
    assertEquals(List.of(), consumer.further(QUIET));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void orderlyConsumerHoldsTheQueueUntilItTakesTheMessage(ClientVersion version, Scene scene)
      throws Exception {
    Peer peer = peer(version, scene);
    for (String key : List.of("A", "Bad", "C")) {
      peer.ask("send", "topic", scene.topic(), "key", key).await("SENT");
    }

    Peer.Call consumer =
        peer.ask(
            "consume", "topic", scene.topic(), "group", scene.group(), "orderly", "", "refuse",
            "Bad", "times", 3);

    assertEquals(
        List.of("A/0", "Bad/0", "Bad/1", "Bad/2", "Bad/3", "C/0"),
        consumer.messages(6).stream()
            .map(message -> message.get("key") + "/" + message.get("times"))
            .toList());
    assertEquals(List.of(), consumer.further(Duration.ofMillis(500)));
  }

  /** An orderly consumer that gives up puts the message into the retry topic by itself. */
  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void orderlyConsumerGoesOnBehindAMessageItGaveUp(ClientVersion version, Scene scene)
      throws Exception {
    Peer peer = peer(version, scene);
    for (String key : List.of("Bad", "C")) {
      peer.ask("send", "topic", scene.topic(), "key", key).await("SENT");
    }

    Peer.Call consumer =
        peer.ask(
            "consume", "topic", scene.topic(), "group", scene.group(), "orderly", "", "refuse",
            "Bad", "max", 2);

    assertEquals(
        List.of("Bad/0", "Bad/1", "Bad/2", "C/0"),
        consumer.messages(4).stream()
            .map(message -> message.get("key") + "/" + message.get("times"))
            .toList());
  }

  /** A client learns of a topic that is made while it runs within half a minute: too late here. */
  private static Peer peer(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    peer.create("%RETRY%" + scene.group(), 1);
    return peer;
  }

  private static void assertBetween(Peer.Answer first, Peer.Answer second, long leastMs) {
    long came = second.number("at") - first.number("at");
    long delivered = second.number("stored") - first.number("at");
    assertTrue(
        came >= leastMs && delivered <= leastMs + LATE_MS,
        () -> delivered + " and " + came + " ms between " + first + " and " + second);
  }
}
