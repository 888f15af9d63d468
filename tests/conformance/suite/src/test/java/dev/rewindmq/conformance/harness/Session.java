package dev.rewindmq.conformance.harness;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** An official client's producer and pull consumer which outlive the brokers they talk to. */
public final class Session {
  private final Child child;
  private final Path folder;

  Session(Child child, Path folder) throws InterruptedException {
    this.child = child;
    this.folder = folder;
    child.await(Scene.PATIENCE, "STARTED");
  }

  /** Sends the mixed messages numbered from {@code start}, and returns what was acknowledged. */
  public List<Receipt> send(String topic, int start, int count, String mode)
      throws IOException, InterruptedException {
    Path file = file();
    ask("SENT", "send", topic, Integer.toString(start), Integer.toString(count), mode, file);
    return Receipt.readAll(file);
  }

  /** Everything the topic holds, as this client is told it. */
  public TopicContents read(String topic) throws IOException, InterruptedException {
    return read(topic, "*");
  }

  public TopicContents read(String topic, String tags) throws IOException, InterruptedException {
    Path file = file();
    ask("READ", "read", topic, tags, file);
    return TopicContents.of(Files.readAllLines(file));
  }

  /** Commits the first {@code percent} of each queue for this session's group. */
  public void commit(String topic, int percent) throws InterruptedException {
    ask("COMMITTED", "commit", topic, Integer.toString(percent));
  }

  /** The message to which its client gave a unique id, if the broker's index knows it. */
  public List<String> queryUnique(String topic, String id)
      throws IOException, InterruptedException {
    Path file = file();
    ask("QUERIED", "unique", topic, id, file);
    return Files.readAllLines(file);
  }

  /** The messages with a key that the broker's index knows. */
  public List<String> query(String topic, String key) throws IOException, InterruptedException {
    Path file = file();
    ask("QUERIED", "query", topic, key, file);
    return Files.readAllLines(file);
  }

  private Path file() throws IOException {
    return Files.createTempFile(folder, "session-", ".txt");
  }

  private void ask(String answer, Object... words) throws InterruptedException {
    String command = String.join(" ", List.of(words).stream().map(Object::toString).toList());
    child.command(command);
    String line = child.await(Scene.PATIENCE.plusSeconds(5), answer, "FAILED", "UNKNOWN");
    assertTrue(line.startsWith(answer), () -> command + ": " + line);
  }
}
