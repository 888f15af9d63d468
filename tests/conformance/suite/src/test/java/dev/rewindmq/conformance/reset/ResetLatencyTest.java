package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Relay;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * How long a push consumer waits for the first message after the answer to 222, and how it was
 * told. The limits are those of the way, not of the machine: a client that is told in the wrong way
 * follows 10 s (5.x) or 20 s (4.x) later than the right one allows.
 */
@ExtendWith(SharedCluster.class)
final class ResetLatencyTest {
  private static final int RUN = 1;
  private static final long AT_ONCE_MS = 6_000;
  private static final long AFTER_ITS_SLEEP_MS = 20_000;

  /** 4.2.0 uses a queue that it has locked only after its next round of locks, every 20 s. */
  private static final long AFTER_ITS_LOCKS_MS = 45_000;

  /** 5.x does not rebalance twice within a second, and its start was such a time. */
  private static final long STEADY_MS = 1_200;

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void pushConsumerIsToldInTheWayItFollowsFastest(ClientVersion version, Scene scene)
      throws Exception {
    Runs runs = Runs.of(scene);
    Set<Message> wanted = runs.from(RUN);
    PullWatch watch = new PullWatch();
    try (Relay relay = new Relay(scene, watch)) {
      Groups groups =
          new Groups(
              Stream.of(Shape.concurrent(version), Shape.orderly(version))
                  .map(shape -> new Group(scene, runs, shape, relay.nameserver()))
                  .toList());
      groups.startAndConsumeAll();
      Thread.sleep(STEADY_MS);
      groups.each(group -> group.reset(RUN));
      groups.each(group -> group.awaitAgain(wanted));
      groups.each(group -> group.assertExactly(wanted));
      groups.each(group -> assertInTime(version, group, watch));
      groups.each(Group::leave);
    }
  }

  private static void assertInTime(ClientVersion version, Group group, PullWatch watch)
      throws Exception {
    long latencyMs = firstMs(group.deliveries()) - group.resetMs();
    int notices = watch.notices(group.name());
    int moved = watch.moved(group.name());
    System.out.printf(
        "FIGURE reset-latency %s: %s: first message %d ms after the answer to 222;"
            + " told by 220: %d, by 21: %d%n",
        ServerKind.current(), group.shape(), latencyMs, notices, moved);
    if (ServerKind.current() != ServerKind.REWIND) {
      return; // Apache's tell everybody in one way.
    }
    boolean atOnce = version == ClientVersion.V5_5_0;
    assertEquals(atOnce ? 0 : 1, notices, group::toString);
    assertEquals(atOnce ? Runs.QUEUES : 0, moved, group::toString);
    boolean waitsForLocks = group.shape().orderly() && version == ClientVersion.V4_2_0;
    long limitMs =
        atOnce ? AT_ONCE_MS : waitsForLocks ? AFTER_ITS_LOCKS_MS : AFTER_ITS_SLEEP_MS;
    assertTrue(latencyMs < limitMs, () -> group + ": " + latencyMs + " ms");
  }

  private static long firstMs(List<Group.Delivery> deliveries) {
    return deliveries.stream().mapToLong(Group.Delivery::atMs).min().orElseThrow();
  }
}
