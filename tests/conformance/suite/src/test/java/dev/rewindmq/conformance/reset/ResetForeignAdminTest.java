package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Java consumers follow a reset whose admin speaks C++: their notice has the form they read. */
@ExtendWith(SharedCluster.class)
final class ResetForeignAdminTest {
  private static final int RUN = 1;
  private static final long QUIET_MS = 1_500;
  private static final int VERSION_4_9_7 = 399;

  @BeforeAll
  static void formFollowsTheClient() {
    assumeTrue(
        ServerKind.current() == ServerKind.REWIND
            || ServerKind.current() == ServerKind.APACHE_5_5_0,
        "before 5.2 the notice has the form of the admin's language, which Java cannot read");
  }

  @Test
  void requestInTheNameOfCpp(Scene scene) throws Exception {
    Runs runs = Runs.of(scene);
    try (RawClient admin = new RawClient(scene.brokerPort(), "CPP", VERSION_4_9_7)) {
      assertComesAgain(scene, runs, group -> group.reset(RUN, admin));
    }
  }

  @Test
  void mqadminForCpp(Scene scene) throws Exception {
    Runs runs = Runs.of(scene);
    Scene.Admin admin = scene.startAdmin(ClientVersion.V4_2_0);
    String command = "resetOffsetByTime -c -t %s -g %s -s " + runs.timeBefore(RUN);
    assertComesAgain(
        scene,
        runs,
        group -> {
          List<String> printed = admin.run(command.formatted(runs.topic(), group.name()));
          long rows = printed.stream().filter(line -> line.startsWith(Cluster.BROKER_NAME)).count();
          assertEquals(Runs.QUEUES, rows, printed::toString);
        });
  }

  private static void assertComesAgain(Scene scene, Runs runs, Groups.Step reset)
      throws Exception {
    Set<Message> wanted = runs.from(RUN);
    Groups groups =
        new Groups(
            Shape.everyVersion(1)
                .map(members -> new Shape(members, false, false))
                .map(shape -> new Group(scene, runs, shape))
                .toList());
    groups.startAndConsumeAll();

    groups.each(reset);

    groups.each(group -> group.awaitAgain(wanted));
    Thread.sleep(QUIET_MS);
    groups.each(group -> group.assertExactly(wanted));
    groups.each(group -> group.awaitCommitted(Runs.OF_A_QUEUE));
    groups.each(Group::leave);
  }
}
