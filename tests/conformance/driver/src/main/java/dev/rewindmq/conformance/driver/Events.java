package dev.rewindmq.conformance.driver;

import java.io.PrintStream;

/**
 * Event lines on standard output. Thread-safe; every line is flushed at once so that a test can
 * wait for it.
 */
final class Events {
  private final PrintStream out;

  Events(PrintStream out) {
    this.out = out;
  }

  synchronized void emit(String format, Object... args) {
    out.println(String.format(format, args));
    out.flush();
  }
}
