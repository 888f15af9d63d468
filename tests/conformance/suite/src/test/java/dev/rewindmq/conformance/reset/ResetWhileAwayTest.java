package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.util.Collections;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A group is reset while none of its members is online; those that start later follow. Members that
 * start together share the queues anew with each of them, and what was under way in a queue that
 * changes hands comes again: this alone is forced.
 */
@ExtendWith(SharedCluster.class)
final class ResetWhileAwayTest {
  private static final int RUN = 2;
  private static final long QUIET_MS = 1_500;

  @BeforeAll
  static void brokerMovesOffsets() {
    assumeTrue(
        ServerKind.current() == ServerKind.REWIND
            || ServerKind.current() == ServerKind.APACHE_5_5_0,
        "before 5.2 a broker answers 206, and the tool has to move the offsets");
  }

  @ParameterizedTest(name = "orderly={0}")
  @ValueSource(booleans = {false, true})
  void membersThatStartLaterFollow(boolean orderly, Scene scene) throws Exception {
    Runs runs = Runs.of(scene);
    Set<Message> wanted = runs.from(RUN);
    Groups groups =
        new Groups(
            Shape.everyVersion(1)
                .map(members -> new Shape(members, orderly, false))
                .map(shape -> new Group(scene, runs, shape))
                .toList());
    groups.startAndConsumeAll();
    groups.each(Group::leave);
    groups.each(Group::forget);

    groups.each(group -> group.reset(RUN));

    long target = Runs.OF_A_QUEUE - wanted.size() / Runs.QUEUES;
    groups.each(
        group ->
            assertEquals(Collections.nCopies(Runs.QUEUES, target), group.committed()));
    groups.each(Group::start);
    groups.each(Group::awaitStarted);
    groups.each(group -> group.awaitAgain(wanted));
    Thread.sleep(QUIET_MS);
    groups.each(group -> group.assertExactly(wanted, group.shape().members().size()));
    groups.each(group -> group.awaitCommitted(Runs.OF_A_QUEUE));
    groups.each(Group::leave);
  }
}
