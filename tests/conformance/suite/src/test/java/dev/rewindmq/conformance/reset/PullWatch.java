package dev.rewindmq.conformance.reset;

import dev.rewindmq.conformance.harness.Relay;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counts, of the frames that pass a relay, the pulls of each group and queue, those of them that
 * are still unanswered, and how the group's clients were told of a reset. Thread-safe.
 */
final class PullWatch implements Relay.Watcher {
  private static final int PULL_MESSAGE = 11;
  private static final int LITE_PULL_MESSAGE = 361;
  private static final int PULL_OFFSET_MOVED = 21;
  private static final int RESET_CONSUMER_OFFSET = 220;

  private static final Pattern CODE = Pattern.compile("\"code\":(\\d+)");
  private static final Pattern FLAG = Pattern.compile("\"flag\":(\\d+)");
  private static final Pattern OPAQUE = Pattern.compile("\"opaque\":(-?\\d+)");
  private static final Pattern QUEUE = Pattern.compile("\"queueId\":\"?(\\d+)");
  private static final Pattern TOPIC = Pattern.compile("\"topic\":\"([^\"]+)\"");
  private static final Pattern PULLING_GROUP = Pattern.compile("\"consumerGroup\":\"([^\"]+)\"");
  private static final Pattern GROUP = Pattern.compile("\"group\":\"([^\"]+)\"");

  private record Asked(int connection, int opaque) {}

  private record Pulled(String group, String topic, int queue) {}

  private final Map<Asked, Pulled> unanswered = new HashMap<>();
  private final Map<Pulled, Integer> pulls = new HashMap<>();
  private final Map<String, Integer> notices = new HashMap<>();
  private final Map<String, Integer> moved = new HashMap<>();

  @Override
  public synchronized void seen(int connection, boolean fromClient, String header) {
    int code = number(CODE, header);
    boolean isResponse = (number(FLAG, header) & 1) != 0;
    if (fromClient && !isResponse && (code == PULL_MESSAGE || code == LITE_PULL_MESSAGE)) {
      Pulled pulled =
          new Pulled(text(PULLING_GROUP, header), text(TOPIC, header), number(QUEUE, header));
      unanswered.put(new Asked(connection, number(OPAQUE, header)), pulled);
      pulls.merge(pulled, 1, Integer::sum);
    } else if (!fromClient && isResponse) {
      Pulled pulled = unanswered.remove(new Asked(connection, number(OPAQUE, header)));
      if (pulled != null && code == PULL_OFFSET_MOVED) {
        moved.merge(pulled.group(), 1, Integer::sum);
      }
    } else if (!fromClient && code == RESET_CONSUMER_OFFSET) {
      notices.merge(text(GROUP, header), 1, Integer::sum);
    }
  }

  /** Queue to the pulls that wait at the broker now: one for each queue that is consumed. */
  synchronized Map<Integer, Integer> waiting(String group, String topic) {
    Map<Integer, Integer> counts = new TreeMap<>();
    unanswered.values().stream()
        .filter(one -> one.group().equals(group) && one.topic().equals(topic))
        .forEach(one -> counts.merge(one.queue(), 1, Integer::sum));
    return counts;
  }

  /** Queue to all pulls of it so far. */
  synchronized Map<Integer, Integer> pulls(String group, String topic) {
    Map<Integer, Integer> counts = new TreeMap<>();
    pulls.forEach(
        (one, count) -> {
          if (one.group().equals(group) && one.topic().equals(topic)) {
            counts.put(one.queue(), count);
          }
        });
    return counts;
  }

  /** How often a client of the group was told by code 220. */
  synchronized int notices(String group) {
    return notices.getOrDefault(group, 0);
  }

  /** How many pulls of the group were answered that the offset has moved, code 21. */
  synchronized int moved(String group) {
    return moved.getOrDefault(group, 0);
  }

  private static int number(Pattern pattern, String header) {
    String found = text(pattern, header);
    return found.isEmpty() ? -1 : Integer.parseInt(found);
  }

  private static String text(Pattern pattern, String header) {
    Matcher matcher = pattern.matcher(header);
    return matcher.find() ? matcher.group(1) : "";
  }
}
