package dev.rewindmq.conformance.harness;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A topic filled once by each client version with two runs of messages and a pause between them,
 * read by many tests with groups of their own: filling it anew for each would cost most of the
 * suite's time.
 */
public record History(String topic, List<Receipt> sent) {
  public static final int HALF = 5_000;
  public static final int ALL = 2 * HALF;

  private static final Map<ClientVersion, History> FILLED = new ConcurrentHashMap<>();

  /** Points the scene to the history of this client's messages, which the first caller sends. */
  public static History of(ClientVersion client, Scene scene) {
    History history = FILLED.computeIfAbsent(client, unused -> fill(client, scene));
    scene.useTopic(history.topic());
    return history;
  }

  /** The second producer's start is the pause. */
  private static History fill(ClientVersion client, Scene scene) {
    try {
      List<Receipt> sent = new ArrayList<>(scene.produce(client, HALF));
      sent.addAll(scene.produce(client, HALF, "--start", Integer.toString(HALF)));
      return new History(scene.topic(), List.copyOf(sent));
    } catch (Exception e) {
      throw new IllegalStateException("the topic could not be filled", e);
    }
  }

  /** Whether a message belongs to the run after the pause. */
  public static boolean isInSecondHalf(Receipt receipt) {
    return Integer.parseInt(receipt.key().substring(1)) >= HALF;
  }

  public static long firstStoreTimeMs(List<Receipt> consumed) {
    return consumed.stream().mapToLong(Receipt::storeTimeMs).min().orElseThrow();
  }

  public static long pauseEndMs(List<Receipt> consumed) {
    return firstStoreTimeMs(consumed.stream().filter(History::isInSecondHalf).toList());
  }
}
