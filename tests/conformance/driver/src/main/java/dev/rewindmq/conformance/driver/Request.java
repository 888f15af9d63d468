package dev.rewindmq.conformance.driver;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * One line a test gives to a {@link PeerCommand}: {@code TAG VERB name=value ...}. The tag comes
 * back with every answer; values are URL-encoded, for a blank ends them.
 */
final class Request {
  private final Events events;
  private final String tag;
  private final String verb;
  private final Map<String, String> values = new LinkedHashMap<>();

  Request(String line, Events events) {
    this.events = events;
    String[] words = line.trim().split(" ");
    tag = words[0];
    verb = words.length > 1 ? words[1] : "";
    for (int i = 2; i < words.length; i++) {
      String[] pair = words[i].split("=", 2);
      values.put(pair[0], pair.length > 1 ? decode(pair[1]) : "");
    }
  }

  String verb() {
    return verb;
  }

  String get(String name) {
    return optional(name).orElseThrow(() -> new UsageException(verb + " needs " + name));
  }

  Optional<String> optional(String name) {
    return Optional.ofNullable(values.get(name));
  }

  boolean has(String name) {
    return values.containsKey(name);
  }

  int number(String name, int fallback) {
    return optional(name).map(Integer::parseInt).orElse(fallback);
  }

  /** The values whose names begin with the prefix, which is taken off. */
  Map<String, String> withPrefix(String prefix) {
    Map<String, String> found = new LinkedHashMap<>();
    values.forEach(
        (name, value) -> {
          if (name.startsWith(prefix)) {
            found.put(name.substring(prefix.length()), value);
          }
        });
    return found;
  }

  /** Prints {@code TAG WORD name=value ...}. */
  void answer(String word, Object... namesAndValues) {
    StringBuilder line = new StringBuilder(tag).append(' ').append(word);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      line.append(' ').append(namesAndValues[i]).append('=');
      line.append(URLEncoder.encode(String.valueOf(namesAndValues[i + 1]), StandardCharsets.UTF_8));
    }
    events.emit("%s", line);
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
