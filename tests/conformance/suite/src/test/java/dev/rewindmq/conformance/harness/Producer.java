package dev.rewindmq.conformance.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** A running producer of an official client. */
public final class Producer {
  private final Child child;
  private final int count;
  private final Path receipts;

  Producer(Child child, int count, Path receipts) {
    this.child = child;
    this.count = count;
    this.receipts = receipts;
  }

  /** Waits until the given number of messages, a multiple of 1,000, has been acknowledged. */
  public void awaitAcknowledged(int messages) throws InterruptedException {
    String line;
    do {
      line = child.await(Scene.PATIENCE, "ACKED");
    } while (!line.equals("ACKED " + messages));
  }

  /** Waits until all messages have been sent, and returns what was acknowledged. */
  public List<Receipt> await() throws IOException, InterruptedException {
    String line = child.await(Scene.PATIENCE, "SENT");
    assertEquals(Integer.toString(count), line.split(" ")[1], line);
    assertEquals(0, child.awaitExit(Scene.PATIENCE), child.errorOutput());
    return Receipt.readAll(receipts);
  }
}
