package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.util.concurrent.Semaphore;

/**
 * Lets only a few clients start or send at once. Most of the suite's time is waiting, so many tests
 * run side by side; but as many Java processes starting together would starve the clients of the
 * answers they wait for.
 */
final class Turnstile {
  private static final Semaphore PLACES =
      new Semaphore(Runtime.getRuntime().availableProcessors(), true);

  private Turnstile() {}

  interface Work<T> {
    T run() throws IOException, InterruptedException;
  }

  static <T> T pass(Work<T> work) throws IOException, InterruptedException {
    PLACES.acquire();
    try {
      return work.run();
    } finally {
      PLACES.release();
    }
  }
}
