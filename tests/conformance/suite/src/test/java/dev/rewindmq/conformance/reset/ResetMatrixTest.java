package dev.rewindmq.conformance.reset;

import static dev.rewindmq.conformance.harness.ClientVersion.V4_2_0;
import static dev.rewindmq.conformance.harness.ClientVersion.V4_9_8;
import static dev.rewindmq.conformance.harness.ClientVersion.V5_5_0;
import static org.junit.jupiter.api.Assumptions.assumeFalse;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A group that has consumed and committed everything is reset while it is online, whatever it is
 * made of and however it consumes. Nothing is under way at that moment and nobody comes or goes
 * afterwards, so that nothing forces a message to come twice: it must not.
 */
@ExtendWith(SharedCluster.class)
final class ResetMatrixTest {
  private static final int RUN = 2;

  /** Longer than the pause in which a client that was told twice would begin again. */
  private static final long QUIET_MS = 11_000;

  static Stream<Arguments> membersAndModes() {
    return Stream.of(false, true)
        .flatMap(
            broadcasting ->
                Stream.of(
                        List.of(V4_2_0), List.of(V4_9_8), List.of(V5_5_0), Shape.MIXED)
                    .map(versions -> Arguments.of(versions, broadcasting)));
  }

  @ParameterizedTest(name = "{0} broadcasting={1}")
  @MethodSource("membersAndModes")
  void exactlyThePlannedMessagesComeAgain(
      List<ClientVersion> versions, boolean broadcasting, Scene scene) throws Exception {
    assumeFalse(
        broadcasting && ServerKind.current().isApache(),
        "a broadcasting group has no offsets at the broker: 4.x refuses to reset it, and 5.x"
            + " tells the first member that pulls and no other");
    assumeTrue(
        versions.size() == 1 || Shape.isMixedReset(), "5.x loses some of a mixed group's reset");
    Runs runs = Runs.of(scene);
    Set<Message> wanted = runs.from(RUN);
    Groups groups =
        new Groups(
            Stream.of(false, true)
                .flatMap(orderly -> shapes(versions, orderly, broadcasting))
                .filter(Shape::isPossible)
                .map(shape -> new Group(scene, runs, shape))
                .toList());
    groups.startAndConsumeAll();

    groups.each(group -> group.reset(RUN));

    groups.each(group -> group.awaitAgain(wanted));
    Thread.sleep(QUIET_MS);
    groups.each(group -> group.printFigure("matrix"));
    groups.each(group -> group.assertExactly(wanted));
    if (!broadcasting) {
      groups.each(group -> group.awaitCommitted(Runs.OF_A_QUEUE));
    }
    groups.each(Group::leave);
  }

  private static Stream<Shape> shapes(
      List<ClientVersion> versions, boolean orderly, boolean broadcasting) {
    if (versions.size() > 1) {
      return Stream.of(new Shape(versions, orderly, broadcasting));
    }
    return Stream.of(1, Runs.QUEUES)
        .map(count -> Shape.members(versions.get(0), count))
        .map(members -> new Shape(members, orderly, broadcasting));
  }
}
