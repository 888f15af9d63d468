package dev.rewindmq.conformance.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** How a command line tool ended and what it printed. */
public record ToolResult(int exitCode, List<String> output, String errors) {

  /** mqadmin exits with 0 whatever happens: only the table tells that a reset was carried out. */
  public void assertReset() {
    assertEquals(0, exitCode, errors);
    assertFalse(rows().isEmpty(), errors);
  }

  /**
   * The rows of the table, without title and column heads, sorted: mqadmin prints them in a hash
   * map's order.
   */
  public List<String> rows() {
    return output.stream().filter(line -> line.startsWith(Cluster.BROKER_NAME)).sorted().toList();
  }

  public String columnHeads() {
    return output.stream()
        .filter(line -> line.startsWith("#brokerName"))
        .findFirst()
        .orElseThrow(() -> new AssertionError("no table in " + this));
  }

  /**
   * Queue id to the offset it was reset to, which both of mqadmin's tables give in the last column.
   */
  public Map<Integer, Long> targets() {
    Map<Integer, Long> targets = new TreeMap<>();
    for (String row : rows()) {
      String[] cells = row.trim().split("\\s+");
      targets.put(Integer.valueOf(cells[1]), Long.valueOf(cells[cells.length - 1]));
    }
    return targets;
  }
}
