package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.Relay;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The broker is restarted after it has answered a reset. Clients which it had not told yet, and
 * clients in the middle of following, go on as if nothing had been. Members of one group come back
 * one after the other; what is under way in a queue that changes hands then comes again, and this
 * alone is forced.
 */
final class ResetRestartTest {
  private static final int FIRST_RUN = 2;
  private static final int SECOND_RUN = 1;
  private static final long QUIET_MS = 2_000;
  private static final int SLOW = 3;
  private static final int PAUSE_MS = 2_000;

  /** 4.x: 30 s until its next heartbeat, 10 s of sleep, 20 s until it rebalances. */
  private static final Duration PATIENCE = Scene.PATIENCE.multipliedBy(2);

  @Test
  void resetOutlivesTheBrokersRestart() throws Exception {
    assumeTrue(
        ServerKind.current() == ServerKind.REWIND,
        "Apache's brokers forget what has not been followed");
    try (Cluster cluster = Cluster.start();
        Scene scene = Scene.on(cluster)) {
      Runs runs = Runs.fill(scene.peer(ClientVersion.V5_5_0), scene.topic());
      PullWatch watch = new PullWatch();
      try (Relay relay = new Relay(scene, watch)) {
        Groups groups =
            new Groups(
                Stream.concat(
                        Shape.everyVersion(1)
                            .map(members -> new Shape(members, false, false))
                            .map(shape -> new Group(scene, runs, shape, relay.nameserver())),
                        slow(scene, runs, relay.nameserver()))
                    .toList());
        groups.startAndConsumeAll();

        relay.hold();
        groups.each(group -> group.reset(FIRST_RUN));
        restart(cluster);
        relay.cut();

        assertComesAgain(groups, "restart-before-telling", runs.from(FIRST_RUN));
        groups.each(Group::forget);
        Groups sleepers =
            new Groups(groups.all().stream().filter(ResetRestartTest::onlySleepers).toList());

        sleepers.each(group -> group.reset(SECOND_RUN));
        sleepers.each(group -> awaitTold(group, watch));
        restart(cluster);

        assertComesAgain(sleepers, "restart-while-following", runs.from(SECOND_RUN));
      }
    }
  }

  /**
   * Members that are back first are still at work on the queues of the others when these come back,
   * and give them up half consumed: to somebody who believed that they were his all the while.
   */
  private static Stream<Group> slow(Scene scene, Runs runs, String nameserver) {
    Shape shape = new Shape(Shape.MIXED, false, false);
    return Stream.generate(() -> new Group(scene, runs, shape, nameserver, PAUSE_MS)).limit(SLOW);
  }

  private static void restart(Cluster cluster) throws Exception {
    cluster.stopBroker();
    cluster.startBroker();
  }

  private static boolean onlySleepers(Group group) {
    return !group.shape().members().contains(ClientVersion.V5_5_0);
  }

  private static void awaitTold(Group group, PullWatch watch) throws Exception {
    long deadline = System.nanoTime() + Scene.PATIENCE.toNanos();
    while (watch.notices(group.name()) == 0) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(group + " was not told by 220");
      }
      Thread.sleep(20);
    }
  }

  private static void assertComesAgain(Groups groups, String what, Set<Message> wanted)
      throws Exception {
    groups.each(group -> group.awaitAgain(wanted, PATIENCE));
    Thread.sleep(QUIET_MS);
    groups.each(group -> group.printFigure(what));
    groups.each(group -> group.assertExactly(wanted, group.shape().members().size()));
    groups.each(group -> group.awaitCommitted(Runs.OF_A_QUEUE));
  }
}
