package dev.rewindmq.conformance.driver;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * {@code --name value} pairs and {@code --switches}, checked against the names known to any
 * command.
 */
final class Options {
  private static final Set<String> SWITCHES =
      Set.of(
          "commands",
          "print-events",
          "from-first",
          "from-last",
          "orderly",
          "broadcast",
          "check-bodies");
  private static final Set<String> VALUES =
      Set.of(
          "namesrv",
          "topic",
          "group",
          "count",
          "start",
          "mode",
          "batch-size",
          "tags",
          "queue",
          "out",
          "deadline-ms",
          "expect",
          "instance",
          "producers",
          "body-bytes");

  private final Map<String, String> values;

  private Options(Map<String, String> values) {
    this.values = values;
  }

  static Options parse(List<String> args) {
    Map<String, String> values = new HashMap<>();
    for (int i = 0; i < args.size(); i++) {
      String name = args.get(i).startsWith("--") ? args.get(i).substring(2) : "";
      if (SWITCHES.contains(name)) {
        values.put(name, "true");
      } else if (VALUES.contains(name) && i + 1 < args.size()) {
        values.put(name, args.get(++i));
      } else {
        throw new UsageException("unknown option, or an option without its value: " + args.get(i));
      }
    }
    return new Options(values);
  }

  String required(String name) {
    return optional(name).orElseThrow(() -> new UsageException("--" + name + " is missing"));
  }

  Optional<String> optional(String name) {
    return Optional.ofNullable(values.get(name));
  }

  String get(String name, String fallback) {
    return values.getOrDefault(name, fallback);
  }

  int number(String name, int fallback) {
    return optional(name).map(text -> parseNumber(name, text)).orElse(fallback);
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  private static int parseNumber(String name, String text) {
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new UsageException("--" + name + " is not a number: " + text);
    }
  }
}
