package dev.rewindmq.conformance.harness;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * All that a client is told of a topic: every queue's offsets, and a line for every message with
 * its place, ids, times, addresses, flags, properties and the state of its body. Two brokers serve
 * the same when the lines are equal.
 */
public record TopicContents(Map<Integer, Queue> queues, List<String> messages) {
  private static final Pattern QUEUE =
      Pattern.compile("queue (\\d+) min=(-?\\d+) max=(-?\\d+) at=(-?\\d+)");
  private static final int SHOWN = 5;

  /** A queue's first offset, the one after its last, and the one its group has committed. */
  public record Queue(long min, long max, long committed) {}

  static TopicContents of(List<String> lines) {
    Map<Integer, Queue> queues = new TreeMap<>();
    List<String> messages = new ArrayList<>();
    for (String line : lines) {
      Matcher matcher = QUEUE.matcher(line);
      if (matcher.matches()) {
        queues.put(
            Integer.valueOf(matcher.group(1)),
            new Queue(number(matcher, 2), number(matcher, 3), number(matcher, 4)));
      } else {
        messages.add(line);
      }
    }
    return new TopicContents(
        Collections.unmodifiableMap(queues), Collections.unmodifiableList(messages));
  }

  /** Queue, offset, keys and store id of every message, as a producer knows them too. */
  public Set<List<Object>> identities() {
    return messages.stream().map(TopicContents::identity).collect(Collectors.toSet());
  }

  public static Set<List<Object>> identities(List<Receipt> receipts) {
    return receipts.stream()
        .map(one -> List.<Object>of(one.queueId(), one.queueOffset(), one.storeId(), one.key()))
        .collect(Collectors.toSet());
  }

  /** Queue id to the offset which the reading group has committed. */
  public Map<Integer, Long> committed() {
    return queues.entrySet().stream()
        .collect(Collectors.toMap(Map.Entry::getKey, queue -> queue.getValue().committed()));
  }

  /** Whether every queue has one message at each offset from its first to its last. */
  public boolean isDense() {
    List<String> places = new ArrayList<>();
    queues.forEach(
        (id, queue) -> {
          for (long offset = queue.min(); offset < queue.max(); offset++) {
            places.add(id + " " + offset);
          }
        });
    return places.equals(
        messages.stream().map(line -> line.split(" ")).map(w -> w[1] + " " + w[2]).toList());
  }

  public boolean bodiesAreSound() {
    return messages.stream().noneMatch(line -> line.contains(":WRONG "));
  }

  /** The messages whose tag, as it stands in the properties, is this one. */
  public List<String> tagged(String encodedTag) {
    Pattern tag = Pattern.compile("[ &]TAGS=" + encodedTag + "(&|$)");
    return messages.stream().filter(line -> tag.matcher(line).find()).toList();
  }

  /** The messages that have this key among theirs, in sorted order. */
  public List<String> keyed(String key) {
    return messages.stream().filter(line -> keys(line).contains(key)).sorted().toList();
  }

  public static List<String> keys(String message) {
    return List.of(property(message, "KEYS").split("\\+"));
  }

  public static String uniqueId(String message) {
    return property(message, "UNIQ_KEY");
  }

  private static String property(String message, String name) {
    Matcher matcher = Pattern.compile("[ &]" + name + "=([^&]*)").matcher(message);
    return matcher.find() ? matcher.group(1) : "";
  }

  /** The first few lines that only one of both has; empty when they hold the same messages. */
  public String difference(TopicContents other) {
    List<String> missing = new ArrayList<>(messages);
    missing.removeAll(Set.copyOf(other.messages));
    List<String> additional = new ArrayList<>(other.messages);
    additional.removeAll(Set.copyOf(messages));
    if (missing.isEmpty() && additional.isEmpty()) {
      return messages.equals(other.messages) ? "" : "the same messages, in another order";
    }
    return missing.size()
        + " missing: "
        + shown(missing)
        + "\n"
        + additional.size()
        + " additional: "
        + shown(additional);
  }

  private static List<Object> identity(String message) {
    String[] words = message.split(" ");
    return List.of(
        Integer.valueOf(words[1]), Long.valueOf(words[2]), words[3], property(message, "KEYS"));
  }

  private static String shown(List<String> lines) {
    return String.join("\n  ", lines.subList(0, Math.min(SHOWN, lines.size())));
  }

  private static long number(Matcher matcher, int group) {
    return Long.parseLong(matcher.group(group));
  }
}
