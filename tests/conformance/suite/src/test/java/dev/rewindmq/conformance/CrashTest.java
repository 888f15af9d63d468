package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.Consumer;
import dev.rewindmq.conformance.harness.HistoryChecker;
import dev.rewindmq.conformance.harness.Load;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A broker killed again and again while it is being sent to loses nothing that it has acknowledged,
 * and mixes nothing up. {@code -Drounds} is the number of kills, shared between the clients; {@code
 * -Dseed} repeats a run's moments of killing.
 */
final class CrashTest {
  /** So small that some kills come as the log goes on to its next file. */
  private static final Map<String, String> SMALL_LOG_FILES =
      Map.of("mapedFileSizeCommitLog", "4194304", "mappedFileSizeCommitLog", "4194304");

  private static final int PRODUCERS = 8;
  private static final int SOONEST_KILL_MS = 50;
  private static final int LATEST_KILL_MS = 800;
  private static final int ROUNDS = Integer.getInteger("rounds");
  private static final int SEED =
      Integer.getInteger("seed") != 0
          ? Integer.getInteger("seed")
          : new Random().nextInt(Integer.MAX_VALUE);

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void killedUnderLoadItKeepsEveryAcknowledgedMessageInOrder(ClientVersion version)
      throws Exception {
    try (Cluster cluster = Cluster.start(ServerKind.current(), SMALL_LOG_FILES, Map.of());
        Scene scene = Scene.on(cluster)) {
      Load load = scene.startLoad(version, PRODUCERS);
      SplittableRandom random = new SplittableRandom(SEED + version.ordinal());
      for (int round = 1; round <= rounds(version); round++) {
        int acknowledged = load.awaitFlowing();
        int killAfterMs = random.nextInt(SOONEST_KILL_MS, LATEST_KILL_MS + 1);
        Thread.sleep(killAfterMs);
        cluster.killBroker();
        long killed = System.nanoTime();
        cluster.startBroker();
        System.out.printf(
            "CrashTest seed=%d client=%s round=%d/%d: %d acknowledged, killed %d ms later,"
                + " restarted in %d ms%n",
            SEED,
            version,
            round,
            rounds(version),
            acknowledged,
            killAfterMs,
            (System.nanoTime() - killed) / 1_000_000);
      }
      load.awaitFlowing();
      List<Receipt> sent = load.stop();

      Consumer consumer = scene.startConsumer(version, "--check-bodies");
      consumer.expect(sent.size());

      HistoryChecker.check("seed " + SEED + ", client " + version, sent, consumer.receipts());
    }
  }

  /** The rounds that are left over go to the first versions, and everyone has at least one. */
  private static int rounds(ClientVersion version) {
    int versions = ClientVersion.values().length;
    int share = (ROUNDS + versions - 1 - version.ordinal()) / versions;
    assertTrue(ROUNDS >= versions, () -> "-Drounds must be at least " + versions);
    return share;
  }
}
