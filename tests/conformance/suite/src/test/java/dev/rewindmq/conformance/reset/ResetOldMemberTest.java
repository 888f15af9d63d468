package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.differential.Wire;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** A member too old for code 220 shares a group with a real client: both are reset, none half. */
@ExtendWith(SharedCluster.class)
final class ResetOldMemberTest {
  private static final int RUN = 2;
  private static final int TOO_OLD = 27;
  private static final long QUIET_MS = 1_500;

  @Test
  void everyMemberIsReachedAndTheOldOneNamed(Scene scene) throws Exception {
    assumeTrue(
        ServerKind.current() == ServerKind.REWIND
            || ServerKind.current() == ServerKind.APACHE_5_5_0,
        "before 5.2 such a member makes the reset fail");
    Runs runs = Runs.of(scene);
    Group group = new Group(scene, runs, Shape.concurrent(ClientVersion.V4_2_0));
    new Groups(List.of(group)).startAndConsumeAll();
    String clientId = "127.0.0.1@old_" + group.name();
    try (RawClient old = new RawClient(scene.brokerPort(), "JAVA", TOO_OLD)) {
      old.heartbeat(clientId, group.name(), runs.topic());
      List<Integer> ofReal = group.awaitAssigned(2);
      group.forget();

      RawClient.Reset reset = group.reset(RUN);

      long target = Runs.OF_A_QUEUE - runs.from(RUN).size() / Runs.QUEUES;
      Set<Integer> ofOld =
          IntStream.range(0, Runs.QUEUES).boxed().collect(Collectors.toCollection(HashSet::new));
      ofReal.forEach(ofOld::remove);
      for (int queue : ofOld) {
        assertFollows(old, group, queue, target);
      }
      Set<Message> wanted =
          runs.from(RUN).stream()
              .filter(message -> ofReal.contains(message.queue()))
              .collect(Collectors.toSet());
      group.awaitAgain(wanted);
      Thread.sleep(QUIET_MS);
      group.assertExactly(wanted);
      group.printFigure("with-too-old-member");
      if (ServerKind.current() == ServerKind.REWIND) {
        assertTrue(reset.remark().contains(clientId), () -> "not named in: " + reset);
      }
    }
    group.leave();
  }

  /** Whoever pulls from the old offset is told of the new one, until it has pulled from there. */
  private static void assertFollows(RawClient old, Group group, int queue, long target)
      throws Exception {
    Wire.Frame moved = old.pull(group.name(), group.topic(), queue, Runs.OF_A_QUEUE);
    assertEquals(RawClient.PULL_OFFSET_MOVED, moved.code(), moved::toString);
    assertEquals(Long.toString(target), moved.ext().get("nextBeginOffset"));
    assertEquals(
        RawClient.SUCCESS, old.pull(group.name(), group.topic(), queue, target).code());
  }
}
