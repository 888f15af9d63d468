package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.AdminTool;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import dev.rewindmq.conformance.harness.ToolResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code rewindctl reset} against real brokers, ours and Apache's: what is planned is what happens,
 * and undo is the way back. {@code -Drounds=N} plans so many random resets, {@code -Dseed=N} those
 * of an earlier run.
 */
@ExtendWith(SharedCluster.class)
final class ResetEngineTest {
  private static final ClientVersion CLIENT = ClientVersion.V5_5_0;
  private static final int MESSAGES = 200;

  @TempDir Path folder;

  /** One line of the table that `plan` prints. */
  private record Row(long max, long before, long target, long replay, long skip, String state) {}

  private record Plan(Map<Integer, Row> rows, String hash, ToolResult printed) {
    long replay() {
      return rows.values().stream().mapToLong(Row::replay).sum();
    }

    long skip() {
      return rows.values().stream().mapToLong(Row::skip).sum();
    }

    long lag() {
      return rows.values().stream().mapToLong(row -> row.max() - row.before()).sum();
    }
  }

  @Test
  void offlineGroupGoesThereAndBack(Scene scene) throws Exception {
    scene.produce(CLIENT, MESSAGES);
    long timeMs = System.currentTimeMillis();
    scene.produce(CLIENT, MESSAGES);
    consumeAll(scene, 2 * MESSAGES);
    List<String> target = List.of("--time", Long.toString(timeMs));
    Plan plan = plan(scene, scene.group(), target);
    // Apache's 4.x finds a place within some messages of the time; what it finds is the plan.
    assertTrue(ServerKind.current().isApache() || plan.replay() == MESSAGES, plan.toString());
    final int replayed = (int) plan.replay();
    Path result = folder.resolve("first.json");

    assertDone(apply(scene, scene.group(), target, result, plan.hash()));
    assertDone(reset(scene, "verify", result.toString()));
    assertDone(reset(scene, "undo", result.toString()));

    Plan after = plan(scene, scene.group(), target);
    after.rows().forEach((id, row) -> assertEquals(plan.rows().get(id).before(), row.before()));
    assertDone(apply(scene, scene.group(), target, folder.resolve("second.json"), plan.hash()));
    Consumer again = scene.startConsumer(CLIENT);
    assertEquals(replayed, again.expect(replayed).deliveries());
  }

  @Test
  void onlineGroupGetsWhatWasPlannedWithoutARestart(Scene scene) throws Exception {
    scene.produce(CLIENT, MESSAGES);
    Consumer consumer = scene.startConsumer(CLIENT);
    consumer.expect(MESSAGES);
    consumer.commit();
    consumer.resetCount();
    List<String> target = List.of("--earliest");
    Plan plan = plan(scene, scene.group(), target);
    assertEquals(MESSAGES, plan.replay());

    ToolResult applied =
        apply(scene, scene.group(), target, folder.resolve("online.json"), plan.hash());

    assertDone(applied);
    assertEquals(MESSAGES, consumer.expect(MESSAGES).deliveries());
  }

  /** Some 80 starts of a program, one after the other. */
  @Test
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  void randomPlansAreWhatIsThenConsumed(Scene scene) throws Exception {
    final long seed = Long.getLong("seed", 0) == 0 ? System.nanoTime() : Long.getLong("seed");
    final Random random = new Random(seed);
    final List<Long> moments = new ArrayList<>(List.of(System.currentTimeMillis()));
    scene.produce(CLIENT, 1);
    int messages = 1;
    for (int batch = 0; batch < 4; batch++) {
      int count = 20 + random.nextInt(60);
      assertDone(
          scene.run(
              AdminTool.REWINDCTL, "send", "-n", scene.nameserver(), "-t", scene.topic(), "-c",
              Integer.toString(count), "--wait-ms", "20000"));
      messages += count;
      moments.add(System.currentTimeMillis());
    }
    int moved = 0;
    for (int round = 0; round < Integer.getInteger("rounds", 10); round++) {
      String group = scene.group() + "_" + round;
      String what = "seed " + seed + ", round " + round;
      consume(scene, group, messages);
      scatter(scene, group, random);
      Plan was = plan(scene, group, List.of("--earliest"));
      List<String> target = randomTarget(random, moments, was);
      Plan plan = plan(scene, group, target);
      final Path result = folder.resolve("round-" + round + ".json");
      ToolResult applied = apply(scene, group, target, result, plan.hash());
      assertEquals(plan.printed().exitCode(), applied.exitCode(), what + applied);
      moved += plan.replay() + plan.skip() > 0 ? 1 : 0;

      Plan there = plan(scene, group, List.of("--earliest"));
      assertEquals(was.lag() + plan.replay() - plan.skip(), there.lag(), what + plan.printed());
      if (random.nextBoolean()) {
        assertDone(reset(scene, "undo", result.toString()));
        Plan back = plan(scene, group, List.of("--earliest"));
        back.rows()
            .forEach((id, row) -> assertEquals(was.rows().get(id).before(), row.before(), what));
      } else if (there.lag() > 0) {
        consume(scene, group, there.lag());
        assertEquals(0, plan(scene, group, List.of("--earliest")).lag(), what);
      }
    }
    System.out.println("seed " + seed + ": " + moved + " random plans moved something");
  }

  /** Puts some queues of an offline group to places of their own. */
  private void scatter(Scene scene, String group, Random random) throws Exception {
    List<String> offsets = new ArrayList<>(List.of("--direction", "Any"));
    plan(scene, group, List.of("--earliest"))
        .rows()
        .forEach(
            (id, row) -> {
              long offset = random.nextInt((int) row.max() + 1);
              offsets.add("--offset");
              offsets.add(Cluster.BROKER_NAME + ":" + id + "=" + offset);
            });
    assertDone(reset(scene, "apply", flags(scene, group, offsets)));
  }

  private static List<String> randomTarget(Random random, List<Long> moments, Plan now) {
    List<String> flags = new ArrayList<>();
    switch (random.nextInt(4)) {
      case 0 -> flags.add("--earliest");
      case 1 -> flags.add("--latest");
      case 2 -> {
        long first = moments.get(0);
        int span = (int) (moments.get(moments.size() - 1) - first) + 1;
        flags.addAll(List.of("--time", Long.toString(first + random.nextInt(span))));
      }
      default -> {
        int id = random.nextInt(now.rows().size());
        int offset = random.nextInt((int) now.rows().get(id).max() + 1);
        flags.addAll(List.of("--offset", Cluster.BROKER_NAME + ":" + id + "=" + offset));
      }
    }
    String forward = flags.contains("--latest") ? "SkipOnly" : "RewindOnly";
    flags.addAll(List.of("--direction", random.nextBoolean() ? "Any" : forward));
    if (!flags.contains("--offset") && random.nextInt(3) == 0) {
      flags.addAll(
          List.of("--queue", Cluster.BROKER_NAME + ":" + random.nextInt(now.rows().size())));
    }
    return flags;
  }

  private static void consumeAll(Scene scene, int messages) throws Exception {
    Consumer consumer = scene.startConsumer(CLIENT);
    consumer.expect(messages);
    consumer.quit();
  }

  private static void consume(Scene scene, String group, long messages) throws Exception {
    assertDone(
        scene.run(
            AdminTool.REWINDCTL, "consume", "-n", scene.nameserver(), "-t", scene.topic(), "-g",
            group, "--expect", Long.toString(messages)));
  }

  private static Plan plan(Scene scene, String group, List<String> target) throws Exception {
    ToolResult printed = reset(scene, "plan", flags(scene, group, target));
    Map<Integer, Row> rows = new TreeMap<>();
    for (String line : printed.rows()) {
      String[] cells = line.trim().split("\\s+");
      if (cells.length < 9 || !cells[1].matches("\\d+")) {
        continue;
      }
      rows.put(
          Integer.valueOf(cells[1]),
          new Row(
              number(cells[3]), number(cells[4]), number(cells[5]), number(cells[6]),
              number(cells[7]), cells[8]));
    }
    assertTrue(!rows.isEmpty(), printed.toString());
    List<String> lines = printed.output();
    String last = lines.stream().filter(line -> line.startsWith("plan ")).findFirst().orElseThrow();
    return new Plan(rows, last.substring(5, 21), printed);
  }

  private static long number(String cell) {
    return cell.equals("-") ? 0 : Long.parseLong(cell);
  }

  private static ToolResult apply(
      Scene scene, String group, List<String> target, Path result, String hash) throws Exception {
    List<String> flags = new ArrayList<>(target);
    flags.addAll(List.of("--result", result.toString(), "--plan-hash", hash, "--wait", "40"));
    return reset(scene, "apply", flags(scene, group, flags));
  }

  private static String[] flags(Scene scene, String group, List<String> more) {
    List<String> flags =
        new ArrayList<>(List.of("-n", scene.nameserver(), "-t", scene.topic(), "-g", group));
    flags.addAll(more);
    return flags.toArray(String[]::new);
  }

  private static ToolResult reset(Scene scene, String part, String... flags) throws Exception {
    List<String> all = new ArrayList<>(List.of("reset", part));
    all.addAll(List.of(flags));
    return scene.run(AdminTool.REWINDCTL, all.toArray(String[]::new));
  }

  private static void assertDone(ToolResult result) {
    assertEquals(0, result.exitCode(), result.toString());
  }
}
