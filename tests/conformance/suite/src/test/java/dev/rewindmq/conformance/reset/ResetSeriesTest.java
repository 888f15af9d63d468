package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.Relay;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Three resets within ten seconds, to three times. The last one holds: what it names comes after
 * it, the earlier ones may have brought their messages once each, and in the end every queue is
 * pulled by one loop and committed to its end. In clients before 4.9.0 overlapping resets start a
 * second loop of pulls (#2449); a broker may not give them cause to.
 */
@ExtendWith(SharedCluster.class)
final class ResetSeriesTest {
  /** Neither the last nor the first goes farthest back. */
  private static final List<Integer> RUNS = List.of(3, 1, 2);

  private static final int LAST = RUNS.get(RUNS.size() - 1);
  private static final long BETWEEN_RESETS_MS = 3_500;

  /** A client holds a pull for 15 s, and then sends the next. */
  private static final long QUIET_MS = 16_500;

  private static final int PULLS_WHILE_QUIET = 2;

  @ParameterizedTest(name = "orderly={0}")
  @ValueSource(booleans = {false, true})
  void lastOneWins(boolean orderly, Scene scene) throws Exception {
    assumeTrue(
        ServerKind.current() == ServerKind.REWIND
            || ServerKind.current() == ServerKind.APACHE_5_5_0,
        "before 5.1 every reset is a notice, and notices that overlap undo each other");
    Runs runs = Runs.of(scene);
    PullWatch watch = new PullWatch();
    try (Relay relay = new Relay(scene, watch)) {
      Groups groups =
          new Groups(
              Shape.everyVersion(2)
                  .map(members -> new Shape(members, orderly, false))
                  .map(shape -> new Group(scene, runs, shape, relay.nameserver()))
                  .toList());
      groups.startAndConsumeAll();
      Map<Group, Long> lastMs = resetThrice(groups);

      groups.each(group -> awaitSince(group, lastMs.get(group), runs.from(LAST)));
      groups.each(group -> awaitOneLoopEach(group, watch));
      Map<Group, Integer> counted = count(groups);
      Map<Group, Map<Integer, Integer>> pulled = pulls(groups, watch);
      Thread.sleep(QUIET_MS);

      groups.each(group -> assertEquals(counted.get(group), group.deliveries().size()));
      groups.each(group -> assertFewPulls(group, pulled.get(group), watch));
      groups.each(group -> awaitOneLoopEach(group, watch));
      groups.each(group -> assertBounded(group, runs));
      groups.each(group -> group.awaitCommitted(Runs.OF_A_QUEUE));
      groups.each(group -> print(group, lastMs.get(group), watch));
      groups.each(Group::leave);
    }
  }

  private static Map<Group, Long> resetThrice(Groups groups) throws Exception {
    Map<Group, Long> lastMs = new HashMap<>();
    for (int run : RUNS) {
      Thread.sleep(run == RUNS.get(0) ? 0 : BETWEEN_RESETS_MS);
      groups.each(group -> lastMs.put(group, group.reset(run).answeredMs()));
    }
    return lastMs;
  }

  private static void awaitSince(Group group, long sinceMs, Set<Message> wanted) throws Exception {
    long deadline = System.nanoTime() + Scene.PATIENCE.toNanos();
    while (!since(group, sinceMs).containsAll(wanted)) {
      if (System.nanoTime() > deadline) {
        Set<Message> missing = new HashSet<>(wanted);
        missing.removeAll(since(group, sinceMs));
        throw new AssertionError(
            group + ": the last reset has not brought " + missing + "; committed are "
                + group.committed());
      }
      Thread.sleep(20);
    }
  }

  private static Set<Message> since(Group group, long sinceMs) throws Exception {
    return group.deliveries().stream()
        .filter(one -> one.atMs() >= sinceMs)
        .map(Group.Delivery::message)
        .collect(Collectors.toSet());
  }

  private static void awaitOneLoopEach(Group group, PullWatch watch) throws Exception {
    Map<Integer, Integer> wanted = Map.of(0, 1, 1, 1, 2, 1, 3, 1);
    long deadline = System.nanoTime() + Scene.PATIENCE.toNanos();
    while (!watch.waiting(group.name(), group.topic()).equals(wanted)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            group + ": pulls that wait, by queue: " + watch.waiting(group.name(), group.topic()));
      }
      Thread.sleep(20);
    }
  }

  private static Map<Group, Integer> count(Groups groups) {
    Map<Group, Integer> counts = new HashMap<>();
    groups.each(group -> counts.put(group, group.deliveries().size()));
    return counts;
  }

  private static Map<Group, Map<Integer, Integer>> pulls(Groups groups, PullWatch watch) {
    Map<Group, Map<Integer, Integer>> counts = new HashMap<>();
    groups.each(group -> counts.put(group, watch.pulls(group.name(), group.topic())));
    return counts;
  }

  private static void assertFewPulls(
      Group group, Map<Integer, Integer> before, PullWatch watch) {
    watch
        .pulls(group.name(), group.topic())
        .forEach(
            (queue, count) ->
                assertTrue(
                    count - before.getOrDefault(queue, 0) <= PULLS_WHILE_QUIET,
                    () -> group + ": queue " + queue + " was pulled " + count + " times in all, "
                        + before.get(queue) + " before the quiet"));
  }

  /** Each reset brings what it names once: so often may a message have come in all. */
  private static void assertBounded(Group group, Runs runs) throws Exception {
    Map<Message, Integer> allowed = new HashMap<>();
    RUNS.forEach(run -> runs.from(run).forEach(one -> allowed.merge(one, 1, Integer::sum)));
    Map<Message, Integer> came = new HashMap<>();
    group.deliveries().forEach(one -> came.merge(one.message(), 1, Integer::sum));
    came.forEach(
        (message, times) ->
            assertTrue(
                times <= allowed.getOrDefault(message, 0),
                () -> group + ": " + message + " came " + times + " times"));
  }

  private static void print(Group group, long sinceMs, PullWatch watch) throws Exception {
    List<Group.Delivery> all = group.deliveries();
    Map<Message, Integer> came = new HashMap<>();
    all.forEach(one -> came.merge(one.message(), 1, Integer::sum));
    Map<Integer, Integer> byTimes = new TreeMap<>();
    came.values().forEach(times -> byTimes.merge(times, 1, Integer::sum));
    long lastMs = all.stream().mapToLong(Group.Delivery::atMs).max().orElseThrow() - sinceMs;
    System.out.printf(
        "FIGURE three-resets %s: %s: done %d ms after the last answer; messages by how often they"
            + " came: %s; told by 220: %d, by 21: %d; pulls waiting: %s%n",
        ServerKind.current(),
        group.shape(),
        lastMs,
        byTimes,
        watch.notices(group.name()),
        watch.moved(group.name()),
        watch.waiting(group.name(), group.topic()));
  }
}
