package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.AdminTool;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.ToolResult;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A reset that names what does not exist fails with the code and the remark that Java gives. */
@ExtendWith(SharedCluster.class)
final class ResetErrorsTest {
  private static final String TIME_MS = "1000";
  private static final String CLIENT_SIDE_REMARK =
      "CODE: 1  DESC: THe consumer group <%s> not exist";
  private static final String SERVER_SIDE_REMARK = "CODE: 26  DESC: Group %s does not exist";

  @ParameterizedTest
  @MethodSource("dev.rewindmq.conformance.harness.AdminTool#all")
  void unknownTopic(AdminTool tool, Scene scene) throws Exception {
    ToolResult reset = scene.reset(tool, TIME_MS);

    assertFails(tool, reset);
    if (tool == AdminTool.REWINDCTL) {
      assertTrue(reset.errors().contains(scene.topic()), reset.errors());
    } else {
      String remark =
          "CODE: 17  DESC: No topic route info in name server for the topic: " + scene.topic();
      assertTrue(reset.errors().contains(remark), reset.errors());
    }
  }

  @ParameterizedTest
  @MethodSource("dev.rewindmq.conformance.harness.AdminTool#all")
  void unknownGroup(AdminTool tool, Scene scene) throws Exception {
    scene.produce(ClientVersion.V5_5_0, 1);

    ToolResult reset = scene.reset(tool, TIME_MS);

    assertFails(tool, reset);
    if (tool == AdminTool.REWINDCTL) {
      assertTrue(reset.errors().contains(scene.group()), reset.errors());
    } else {
      assertTrue(hasRemarkOfUnknownGroup(reset, scene.group()), reset.errors());
    }
  }

  private static void assertFails(AdminTool tool, ToolResult reset) {
    assertEquals(tool.exitCodeOfFailure(), reset.exitCode(), reset.errors());
    assertTrue(reset.rows().isEmpty(), reset.toString());
    assertFalse(reset.errors().isBlank());
  }

  /** Java's two ways of resetting have two answers; our broker may give either. */
  private static boolean hasRemarkOfUnknownGroup(ToolResult reset, String group) {
    boolean clientSide = reset.errors().contains(CLIENT_SIDE_REMARK.formatted(group));
    boolean serverSide = reset.errors().contains(SERVER_SIDE_REMARK.formatted(group));
    return switch (ServerKind.current()) {
      case APACHE_4_2_0 -> clientSide;
      case APACHE_4_9_7, APACHE_5_5_0 -> serverSide;
      case REWIND -> clientSide || serverSide;
    };
  }
}
