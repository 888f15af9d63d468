package dev.rewindmq.conformance.harness;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** A running push consumer of an official client, which counts what it is given. */
public final class Consumer {
  /** How long nothing must come before a count is taken for final. */
  private static final int QUIET_MS = 700;

  private static final Pattern NUMBER = Pattern.compile("\\d+");

  private final Child child;
  private final Path folder;

  Consumer(Child child, Path folder) throws InterruptedException {
    this.child = child;
    this.folder = folder;
    child.await(Scene.PATIENCE, "STARTED");
  }

  /**
   * Waits for so many different messages since the last {@link #resetCount}, and for silence after
   * them.
   */
  public Summary expect(int messages) throws InterruptedException {
    ask("expect " + messages + " " + Scene.PATIENCE.toMillis(), "CONSUMED");
    return Summary.parse(ask("quiet " + QUIET_MS + " " + Scene.PATIENCE.toMillis(), "QUIET"));
  }

  public void resetCount() throws InterruptedException {
    ask("reset-count", "RESET-COUNT");
  }

  /** Commits what was consumed, and waits until the broker has it. */
  public void commit() throws InterruptedException {
    ask("commit " + Scene.PATIENCE.toMillis(), "COMMITTED");
  }

  /** Waits until this member of the group owns so many queues, and returns their ids. */
  public List<Integer> awaitAssigned(int queues) throws InterruptedException {
    String line = ask("assigned " + queues + " " + Scene.PATIENCE.toMillis(), "ASSIGNED");
    return NUMBER.matcher(line).results().map(MatchResult::group).map(Integer::valueOf).toList();
  }

  /** Every message delivered since the last {@link #resetCount}. */
  public List<Receipt> receipts() throws IOException, InterruptedException {
    Path file = Files.createTempFile(folder, "consumed-", ".txt");
    ask("dump " + file, "DUMPED");
    return Receipt.readAll(file);
  }

  /** Leaves the group in order: offsets are committed, the broker is told. */
  public void quit() throws InterruptedException {
    child.command("quit");
    child.await(Scene.PATIENCE, "STOPPED");
    child.awaitExit(Scene.PATIENCE);
  }

  private String ask(String command, String answer) throws InterruptedException {
    child.command(command);
    String line = child.await(Scene.PATIENCE.plusSeconds(5), answer, "TIMEOUT");
    assertTrue(line.startsWith(answer), () -> command + ": " + line);
    return line;
  }
}
