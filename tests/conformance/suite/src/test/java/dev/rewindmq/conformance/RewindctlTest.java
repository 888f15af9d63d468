package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.AdminTool;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.ToolResult;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * rewindctl takes mqadmin's flags, prints mqadmin's table, and unlike mqadmin fails with exit code
 * 1.
 */
@ExtendWith(SharedCluster.class)
@DisabledIfSystemProperty(
    named = "server",
    matches = "apache-.*",
    disabledReason = "rewindctl is proved together with our servers")
final class RewindctlTest {
  private static final ClientVersion CLIENT = ClientVersion.V5_5_0;
  private static final int MESSAGES = 100;

  /** The title line too: 4.x words it otherwise. */
  @ParameterizedTest
  @ValueSource(strings = {"true", "false"})
  void tableIsTheSameAsMqadmins(String force, Scene scene) throws Exception {
    consumeSome(scene);

    ToolResult theirs = reset(scene, AdminTool.MQADMIN_5_5_0, force);
    ToolResult ours = reset(scene, AdminTool.REWINDCTL, force);

    assertEquals(0, ours.exitCode(), ours.errors());
    assertEquals(theirs.output().get(0), ours.output().get(0));
    assertEquals(theirs.columnHeads(), ours.columnHeads());
    assertEquals(theirs.rows(), ours.rows());
    assertEquals(theirs.output().size(), ours.output().size(), ours.toString());
  }

  @ParameterizedTest
  @ValueSource(strings = {"yesterday", "12x", "", "-5", "99999999999999999999"})
  void malformedTimeIsNamed(String time, Scene scene) throws Exception {
    assertFails(scene.reset(AdminTool.REWINDCTL, time), time);
  }

  @Test
  void timeInTheFutureIsRefused(Scene scene) throws Exception {
    consumeSome(scene);
    String time = Long.toString(System.currentTimeMillis() + 3_600_000);

    assertFails(scene.reset(AdminTool.REWINDCTL, time), time);
  }

  @Test
  void groupWithoutCommittedOffsetIsNamed(Scene scene) throws Exception {
    scene.produce(CLIENT, MESSAGES);
    // A broadcasting member makes the group known to the broker and commits nothing there.
    Consumer consumer = scene.startConsumer(CLIENT, "--broadcast");
    consumer.expect(MESSAGES);

    assertFails(scene.reset(AdminTool.REWINDCTL, "1000"), scene.group());
  }

  @Test
  void unreachableNameserverIsNamed(Scene scene) throws Exception {
    String nowhere = "127.0.0.1:1";

    ToolResult reset =
        scene.run(
            AdminTool.REWINDCTL,
            "resetOffsetByTime",
            "-n",
            nowhere,
            "-t",
            scene.topic(),
            "-g",
            scene.group(),
            "-s",
            "now");

    assertFails(reset, nowhere);
  }

  @Test
  void missingFlagIsNamed(Scene scene) throws Exception {
    ToolResult reset =
        scene.run(AdminTool.REWINDCTL, "resetOffsetByTime", "-n", scene.nameserver());

    assertFails(reset, "-t");
  }

  private static void consumeSome(Scene scene) throws Exception {
    scene.produce(CLIENT, MESSAGES);
    Consumer consumer = scene.startConsumer(CLIENT);
    consumer.expect(MESSAGES);
    consumer.quit();
  }

  private static ToolResult reset(Scene scene, AdminTool tool, String force) throws Exception {
    return scene.run(
        tool,
        "resetOffsetByTime",
        "-n",
        scene.nameserver(),
        "-t",
        scene.topic(),
        "-g",
        scene.group(),
        "-s",
        "1000",
        "-f",
        force);
  }

  private static void assertFails(ToolResult reset, String named) {
    assertEquals(1, reset.exitCode(), reset.toString());
    assertTrue(reset.rows().isEmpty(), reset.toString());
    assertFalse(reset.errors().isBlank());
    assertTrue(reset.errors().contains(named), reset.errors());
  }
}
