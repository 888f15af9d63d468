package dev.rewindmq.conformance.driver;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/** Message bodies which follow from the message's key, so that a reader can tell a wrong one. */
final class Bodies {
  private Bodies() {}

  /** The key and a blank, then bytes which no compression makes shorter. */
  static byte[] random(String key, int bytes) {
    byte[] body = new byte[bytes];
    new SplittableRandom(key.hashCode()).nextBytes(body);
    byte[] head = (key + " ").getBytes(StandardCharsets.UTF_8);
    System.arraycopy(head, 0, body, 0, Math.min(head.length, bytes));
    return body;
  }

  /** The key and a blank, again and again: a client compresses it when it is long enough. */
  static byte[] repeating(String key, int bytes) {
    String text = (key + " ").repeat(bytes / (key.length() + 1) + 1);
    return Arrays.copyOf(text.getBytes(StandardCharsets.UTF_8), bytes);
  }

  static boolean isRandom(String key, byte[] body) {
    return Arrays.equals(body, random(key, body.length));
  }
}
