package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Clients that ignore code 220 are reached by their next pull, while they run. */
@ExtendWith(SharedCluster.class)
final class ResetPullersTest {
  private static final int RUN = 3;
  private static final int ALL = Runs.OF_A_QUEUE * Runs.QUEUES;
  private static final Duration QUIET = Duration.ofSeconds(2);

  @BeforeAll
  static void brokerMovesOffsets() {
    assumeTrue(
        ServerKind.current() == ServerKind.REWIND
            || ServerKind.current() == ServerKind.APACHE_5_5_0,
        "before 5.1 a broker leaves the reset to push consumers");
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void plainPullConsumer(ClientVersion version, Scene scene) throws Exception {
    assertFollows(scene, scene.peer(version), "pull", "pull " + version);
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_9_8", "V5_5_0"})
  void litePullConsumer(ClientVersion version, Scene scene) throws Exception {
    assertFollows(scene, scene.peer(version), "lite", "lite pull " + version);
  }

  @Test
  void javaScriptConsumer(Scene scene) throws Exception {
    assertFollows(scene, scene.javaScriptPeer(), "consume", "ali-ons");
  }

  private static void assertFollows(Scene scene, Peer peer, String verb, String what)
      throws Exception {
    Runs runs = Runs.of(scene);
    Peer.Call consumer = peer.ask(verb, "topic", runs.topic(), "group", scene.group());
    assertEquals(runs.from(0), messages(consumer.messages(ALL)));
    try (RawClient admin = new RawClient(scene.brokerPort())) {
      for (int queue = 0; queue < Runs.QUEUES; queue++) {
        awaitCommitted(admin, scene.group(), runs.topic(), queue);
      }
      assertEquals(List.of(), consumer.further(Duration.ZERO));
      RawClient.Reset reset = admin.reset(scene.group(), runs.topic(), runs.timeBefore(RUN));
      assertEquals(RawClient.SUCCESS, reset.code(), reset::toString);

      Set<Message> wanted = runs.from(RUN);
      List<Peer.Answer> again = consumer.messages(ALL + wanted.size());
      again = again.subList(ALL, again.size());

      assertEquals(wanted, messages(again));
      assertEquals(List.of(), consumer.further(QUIET));
      System.out.printf(
          "FIGURE reset-latency %s: %s: first message %d ms after the answer to 222%n",
          ServerKind.current(), what, again.get(0).number("at") - reset.answeredMs());
      for (int queue = 0; queue < Runs.QUEUES; queue++) {
        awaitCommitted(admin, scene.group(), runs.topic(), queue);
      }
    }
    peer.ask("stop", "group", scene.group()).await("STOPPED");
  }

  private static void awaitCommitted(RawClient admin, String group, String topic, int queue)
      throws Exception {
    long deadline = System.nanoTime() + Scene.PATIENCE.toNanos();
    long committed = admin.committed(group, topic, queue);
    while (committed != Runs.OF_A_QUEUE) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(group + " queue " + queue + ": committed is " + committed);
      }
      Thread.sleep(20);
      committed = admin.committed(group, topic, queue);
    }
  }

  private static Set<Message> messages(List<Peer.Answer> answers) {
    Set<Message> found = answers.stream().map(Message::of).collect(Collectors.toSet());
    assertEquals(answers.size(), found.size(), "some came twice");
    return found;
  }
}
