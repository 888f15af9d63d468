package dev.rewindmq.conformance.driver;

import java.util.concurrent.TimeUnit;

/** A moment after which waiting is given up. Built on the monotonic clock. */
record Deadline(long nanos) {
  static Deadline inMs(long ms) {
    return new Deadline(System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(ms));
  }

  boolean passed() {
    return leftMs() <= 0;
  }

  long leftMs() {
    return TimeUnit.NANOSECONDS.toMillis(nanos - System.nanoTime());
  }
}
