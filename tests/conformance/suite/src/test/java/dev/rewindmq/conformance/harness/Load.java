package dev.rewindmq.conformance.harness;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** Producers of an official client that send without end, through a broker's deaths too. */
public final class Load {
  private final Child child;
  private final Path receipts;

  Load(Child child, Path receipts) throws InterruptedException {
    this.child = child;
    this.receipts = receipts;
    child.await(Scene.PATIENCE, "STARTED");
  }

  /** Waits for the next acknowledgement, and returns how many there have been. */
  public int awaitFlowing() throws InterruptedException {
    child.command("mark");
    return Integer.parseInt(child.await(Scene.PATIENCE, "FLOWING").split(" ")[1]);
  }

  /** Lets every producer finish its message, and returns what was acknowledged. */
  public List<Receipt> stop() throws IOException, InterruptedException {
    child.command("stop");
    child.await(Scene.PATIENCE, "STOPPED");
    assertEquals(0, child.awaitExit(Scene.PATIENCE), child.errorOutput());
    return Receipt.readAll(receipts);
  }
}
