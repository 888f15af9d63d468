package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A consumer is killed while it follows a reset, and started anew. A 4.x client is killed in its
 * sleep, before anything came: what was planned comes once. 5.5.0 is killed between messages: those
 * it had been given without having committed them come again, and no others.
 */
@ExtendWith(SharedCluster.class)
final class ResetKilledTest {
  private static final int RUN = 1;
  private static final int BEFORE_THE_KILL = 5;
  private static final int PAUSE_MS = 30;
  private static final Duration QUIET = Duration.ofMillis(1_500);

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void successorOfAKilledConsumerFollows(ClientVersion version, Scene scene) throws Exception {
    assumeTrue(
        ServerKind.current() == ServerKind.REWIND
            || ServerKind.current() == ServerKind.APACHE_5_5_0,
        "before 5.2 a reset is lost with the client that was told of it");
    Runs runs = Runs.of(scene);
    int all = runs.messages().size();
    Set<Message> wanted = runs.from(RUN);
    List<Message> again = new ArrayList<>();
    Peer killed = scene.startPeer(version);
    try (RawClient admin = new RawClient(scene.brokerPort())) {
      Peer.Call consumer = join(killed, scene, runs, version);
      consumer.messages(all);
      killed
          .ask("commit", "member", member(scene), "topic", runs.topic(), "to", Runs.OF_A_QUEUE)
          .await("COMMITTED");
      RawClient.Reset reset = admin.reset(scene.group(), runs.topic(), runs.timeBefore(RUN));
      assertEquals(RawClient.SUCCESS, reset.code(), reset::toString);
      if (version == ClientVersion.V5_5_0) {
        consumer.messages(all + BEFORE_THE_KILL);
      }
      killed.close();
      consumer.messages(all).subList(all, consumer.messages(all).size()).stream()
          .map(Message::of)
          .forEach(again::add);
      consumer.further(QUIET).stream().map(Message::of).forEach(again::add);
    }
    int beforeTheKill = again.size();

    Peer successor = scene.startPeer(version);
    Peer.Call consumer = join(successor, scene, runs, version);
    Set<Message> missing = new HashSet<>(wanted);
    again.forEach(missing::remove);
    while (!missing.isEmpty()) {
      Message message = Message.of(consumer.await("MESSAGE"));
      again.add(message);
      missing.remove(message);
    }
    consumer.further(QUIET).stream().map(Message::of).forEach(again::add);

    System.out.printf(
        "FIGURE killed %s: %s: %d messages before the kill, %d after it, planned %d%n",
        ServerKind.current(), version, beforeTheKill, again.size() - beforeTheKill, wanted.size());
    assertTrue(version == ClientVersion.V5_5_0 || beforeTheKill == 0, "slept for too short");
    assertEquals(wanted, new HashSet<>(again));
    Map<Message, Integer> times = new HashMap<>();
    again.forEach(one -> times.merge(one, 1, Integer::sum));
    again
        .subList(beforeTheKill, again.size())
        .forEach(one -> assertTrue(times.get(one) <= 2, () -> one + " came thrice"));
    assertTrue(again.size() <= wanted.size() + beforeTheKill, () -> "too many: " + again);
  }

  private static Peer.Call join(Peer peer, Scene scene, Runs runs, ClientVersion version)
      throws InterruptedException {
    Peer.Call call =
        peer.ask(
            "join",
            "topic",
            runs.topic(),
            "group",
            scene.group(),
            "member",
            member(scene),
            "pause-ms",
            version == ClientVersion.V5_5_0 ? PAUSE_MS : 0);
    call.await("STARTED");
    return call;
  }

  private static String member(Scene scene) {
    return "killed_" + scene.group();
  }
}
