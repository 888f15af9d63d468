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
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Messages which may not be seen before their time: delay levels, timers, and their recall. */
@ExtendWith(SharedCluster.class)
final class DelayTest {
  /** How much later than its time a message may come. Apache's timer wheel turns every second. */
  private static final long LATE_MS = 1_500;

  private static final Map<Integer, Long> LEVELS_MS = Map.of(1, 1_000L, 2, 5_000L, 3, 10_000L);

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void levelsHoldMessagesBackForTheirTime(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    Map<Integer, Long> dueMs = new HashMap<>();
    for (int level : LEVELS_MS.keySet()) {
      peer.ask("send", "topic", scene.topic(), "key", "L" + level, "level", level).await("SENT");
      dueMs.put(level, System.currentTimeMillis() + LEVELS_MS.get(level));
    }
    Peer.Call consumer = peer.ask("consume", "topic", scene.topic(), "group", scene.group());

    List<Peer.Answer> messages = consumer.messages(LEVELS_MS.size());

    assertEquals(
        List.of("L1", "L2", "L3"),
        messages.stream().map(message -> message.get("key")).sorted().toList());
    for (Peer.Answer message : messages) {
      int level = Integer.parseInt(message.get("key").substring(1));
      assertEquals(scene.topic(), message.get("topic"));
      assertDelayed(message, message.number("born"), LEVELS_MS.get(level), dueMs.get(level));
    }
  }

  @Nested
  class Timer {
    private static final long DELAY_MS = 2_500;
    private static final Duration THREE_DAYS = Duration.ofDays(3);

    private final ClientVersion version = ClientVersion.V5_5_0;

    @BeforeEach
    void onlySince5() {
      ServerKind kind = ServerKind.current();
      assumeTrue(
          kind == ServerKind.REWIND || kind == ServerKind.APACHE_5_5_0,
          "timer messages exist since 5.0");
    }

    @ParameterizedTest
    @ValueSource(strings = {"delay-ms", "delay-sec", "deliver-at"})
    void holdsAMessageBackForAnyTime(String way, Scene scene) throws Exception {
      Peer peer = scene.peer(version);
      peer.create(scene.topic(), 1);
      Peer.Call consumer = peer.ask("consume", "topic", scene.topic(), "group", scene.group());
      consumer.await("STARTED");

      Peer.Answer sent = timer(peer, scene, way, DELAY_MS).await("SENT");
      long dueMs = System.currentTimeMillis() + DELAY_MS;
      Peer.Answer message = consumer.messages(1).get(0);

      assertEquals(scene.topic(), message.get("topic"));
      long delayMs = way.equals("delay-sec") ? 2_000 : DELAY_MS;
      // Java rounds the moment down to the wheel's precision, a second.
      assertDelayed(message, sent.number("start"), delayMs - 1_000, dueMs);
    }

    @Test
    void refusesMoreThanThreeDays(Scene scene) throws Exception {
      Peer peer = scene.peer(version);
      peer.create(scene.topic(), 1);

      Peer.Answer refused =
          timer(peer, scene, "delay-ms", THREE_DAYS.plusMinutes(1).toMillis()).await("FAILED");
      assertTrue(
          refused.get("error").contains("timer message illegal, the delay time should not be"),
          refused.toString());
    }

    @Test
    void isNotSeenAfterItsRecall(Scene scene) throws Exception {
      Peer peer = scene.peer(version);
      peer.create(scene.topic(), 1);
      Peer.Call consumer = peer.ask("consume", "topic", scene.topic(), "group", scene.group());
      consumer.await("STARTED");
      Peer.Answer sent = timer(peer, scene, "delay-ms", 4_000).await("SENT");
      peer.ask("send", "topic", scene.topic(), "key", "Stays").await("SENT");

      Peer.Answer recalled =
          peer.ask("recall", "topic", scene.topic(), "handle", sent.get("handle"))
              .await("RECALLED");

      assertEquals(sent.get("id"), recalled.get("id"));
      assertEquals("Stays", consumer.messages(1).get(0).get("key"));
      assertEquals(List.of(), consumer.further(Duration.ofSeconds(7)));
    }

    private Peer.Call timer(Peer peer, Scene scene, String way, long ms) {
      return peer.ask("timer", "topic", scene.topic(), "key", "Timer", "way", way, "ms", ms);
    }
  }

  /** Due at the latest: the broker counts from when it stored it, before it answered the sender. */
  private static void assertDelayed(Peer.Answer message, long fromMs, long leastMs, long dueMs) {
    long came = message.number("at") - fromMs;
    assertTrue(came >= leastMs, () -> "came after " + came + " ms: " + message);
    // How long the client then took to ask for it is not the broker's doing.
    long late = message.number("stored") - dueMs;
    assertTrue(late <= LATE_MS, () -> "delivered " + late + " ms late: " + message);
  }
}
