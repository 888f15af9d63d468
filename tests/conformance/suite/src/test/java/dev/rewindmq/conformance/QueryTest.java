package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.AdminTool;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.ToolResult;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** mqadmin finds a message by its key, its unique id and its place in the log. */
@ExtendWith(SharedCluster.class)
final class QueryTest {
  private static final Pattern UNIQUE_ID = Pattern.compile("^([0-9A-F]{32,}) ");

  @ParameterizedTest
  @EnumSource(
      value = AdminTool.class,
      names = {"MQADMIN_4_2_0", "MQADMIN_5_5_0"})
  void findsByKeyUniqueIdAndOffsetId(AdminTool tool, Scene scene) throws Exception {
    List<Receipt> sent = scene.produce(ClientVersion.V5_5_0, 10);
    Receipt wanted =
        sent.stream().filter(receipt -> receipt.key().equals("K7")).findFirst().orElseThrow();

    List<String> ids = awaitIndexed(tool, scene);
    assertEquals(1, ids.size(), ids.toString());
    assertShows(wanted, query(tool, scene, "queryMsgByUniqueKey", "-i", ids.get(0)));
    ToolResult byPlace =
        tool == AdminTool.MQADMIN_4_2_0
            ? scene.run(tool, "queryMsgById", "-n", scene.nameserver(), "-i", wanted.storeId())
            : query(tool, scene, "queryMsgById", "-i", wanted.storeId());
    assertShows(wanted, byPlace);

    ToolResult nothing = query(tool, scene, "queryMsgByKey", "-k", "K77");
    assertTrue(nothing.errors().contains("but no message"), nothing.toString());
  }

  /** The index follows the log by some time. */
  private static List<String> awaitIndexed(AdminTool tool, Scene scene) throws Exception {
    long deadline = System.nanoTime() + Scene.PATIENCE.toNanos();
    while (true) {
      ToolResult found = query(tool, scene, "queryMsgByKey", "-k", "K7");
      List<String> ids =
          found.output().stream()
              .map(UNIQUE_ID::matcher)
              .filter(Matcher::find)
              .map(matcher -> matcher.group(1))
              .toList();
      if (!ids.isEmpty() || System.nanoTime() > deadline) {
        return ids;
      }
    }
  }

  private static ToolResult query(
      AdminTool tool, Scene scene, String command, String option, String value) throws Exception {
    return scene.run(
        tool, command, "-n", scene.nameserver(), "-t", scene.topic(), option, value);
  }

  private static void assertShows(Receipt wanted, ToolResult shown) {
    String text = String.join("\n", shown.output()).replaceAll(" +", " ");
    assertTrue(text.contains("Keys: [" + wanted.key() + "]"), shown.toString());
    assertTrue(text.contains("Queue ID: " + wanted.queueId() + "\n"), shown.toString());
    assertTrue(text.contains("Queue Offset: " + wanted.queueOffset() + "\n"), shown.toString());
  }
}
