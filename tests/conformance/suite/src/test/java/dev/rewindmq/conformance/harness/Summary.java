package dev.rewindmq.conformance.harness;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a consumer counted: deliveries, different places in queues, different keys, and deliveries
 * which did not follow the one before them in their queue.
 */
public record Summary(int deliveries, int distinct, int keys, int outOfOrder) {
  private static final Pattern LINE =
      Pattern.compile("\\S+ (\\d+) distinct=(\\d+) keys=(\\d+) out-of-order=(\\d+) ids=.*");

  static Summary parse(String line) {
    Matcher matcher = LINE.matcher(line);
    if (!matcher.matches()) {
      throw new AssertionError("not a driver's summary: " + line);
    }
    return new Summary(
        number(matcher, 1), number(matcher, 2), number(matcher, 3), number(matcher, 4));
  }

  private static int number(Matcher matcher, int group) {
    return Integer.parseInt(matcher.group(group));
  }
}
