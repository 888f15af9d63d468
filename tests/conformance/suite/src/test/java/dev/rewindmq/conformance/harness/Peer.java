package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One official client process that all tests of a version share; see the driver's {@code peer}.
 * Thread-safe: each request's answers come back to the {@link Call} that sent it.
 */
public final class Peer implements AutoCloseable {
  private static final String MESSAGE = "MESSAGE";

  private final Child child;
  private final AtomicInteger calls = new AtomicInteger();

  Peer(Child child) throws InterruptedException {
    this.child = child;
    child.await(Scene.PATIENCE, "STARTED");
  }

  static Peer start(ProcessBuilder builder, String name, Path folder)
      throws IOException, InterruptedException {
    return new Peer(Child.start(name, builder, folder));
  }

  /** One answer: its word, and its values by name. */
  public record Answer(String word, Map<String, String> values) {
    public String get(String name) {
      String value = values.get(name);
      if (value == null) {
        throw new AssertionError("no " + name + " in " + this);
      }
      return value;
    }

    public long number(String name) {
      return Long.parseLong(get(name));
    }

    private static Answer parse(String line) {
      String[] words = line.split(" ");
      Map<String, String> values = new HashMap<>();
      for (int i = 2; i < words.length; i++) {
        String[] pair = words[i].split("=", 2);
        values.put(pair[0], URLDecoder.decode(pair[1], StandardCharsets.UTF_8));
      }
      return new Answer(words[1], values);
    }
  }

  /** One request and the answers to it. */
  public final class Call {
    private final String tag;
    private final String request;
    /** Messages come while another answer is waited for, such as that the consumer has started. */
    private final Child.Cursor messageCursor = new Child.Cursor();
    private final Child.Cursor cursor = new Child.Cursor();
    private final List<Answer> messages = new ArrayList<>();

    private Call(String tag, String request) {
      this.tag = tag;
      this.request = request;
    }

    /** Waits for this answer; a failure that nobody waits for is the test's. */
    public Answer await(String word) throws InterruptedException {
      Answer answer = next(word, Scene.PATIENCE);
      if (!answer.word().equals(word)) {
        throw new AssertionError(request + ": " + answer);
      }
      return answer;
    }

    /** Waits until {@code count} messages have come in all, and returns them. */
    public List<Answer> messages(int count) throws InterruptedException {
      while (messages.size() < count) {
        messages.add(await(MESSAGE));
      }
      return List.copyOf(messages);
    }

    /** Messages that came, besides those waited for, until none has come for so long. */
    public List<Answer> further(Duration quiet) throws InterruptedException {
      List<Answer> found = new ArrayList<>();
      for (String line = line(MESSAGE, quiet); line != null; line = line(MESSAGE, quiet)) {
        found.add(Answer.parse(line));
      }
      return found;
    }

    private Answer next(String word, Duration patience) throws InterruptedException {
      String line = line(word, patience);
      if (line == null) {
        throw child.failure("did not answer " + word + " to: " + request);
      }
      return Answer.parse(line);
    }

    private String line(String word, Duration patience) throws InterruptedException {
      return child.awaitAt(
          word.equals(MESSAGE) ? messageCursor : cursor,
          patience,
          line -> line.startsWith(tag + " " + word) || line.startsWith(tag + " FAILED"));
    }
  }

  /** Sends a request: a verb, then names and values in turn. */
  public Call ask(String verb, Object... namesAndValues) {
    String tag = "#" + calls.incrementAndGet();
    StringBuilder line = new StringBuilder(tag).append(' ').append(verb);
    for (int i = 0; i < namesAndValues.length; i += 2) {
      line.append(' ').append(namesAndValues[i]).append('=');
      line.append(
          URLEncoder.encode(String.valueOf(namesAndValues[i + 1]), StandardCharsets.UTF_8));
    }
    Call call = new Call(tag, line.toString());
    child.command(line.toString());
    return call;
  }

  /** Creates a topic of one queue, or as many as are given. */
  public void create(String topic, int queues) throws InterruptedException {
    ask("create", "topic", topic, "queues", queues).await("CREATED");
  }

  @Override
  public void close() {
    child.close();
  }
}
