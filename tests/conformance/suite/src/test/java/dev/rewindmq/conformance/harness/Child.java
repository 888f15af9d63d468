package dev.rewindmq.conformance.harness;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/**
 * A child process whose standard output is read line by line. Closing it kills it; a test that
 * fails therefore leaves none behind. Its standard error goes to a file, which is quoted when
 * waiting for a line is in vain.
 */
public final class Child implements AutoCloseable {
  private static final int QUOTED_LINES = 30;

  private final String name;
  private final Process process;
  private final Path errors;
  private final PrintWriter input;
  private final List<String> lines = new ArrayList<>();
  private int nextLine;
  private boolean ended;

  private Child(String name, Process process, Path errors) {
    this.name = name;
    this.process = process;
    this.errors = errors;
    Leftovers.add(process);
    this.input = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
    Thread reader = new Thread(this::read, "output of " + name);
    reader.setDaemon(true);
    reader.start();
  }

  /** Starts a program; {@code folder} receives its standard error as {@code NAME.err}. */
  static Child start(String name, ProcessBuilder builder, Path folder) throws IOException {
    Path errors = Files.createTempFile(folder, name + "-", ".err");
    builder.redirectError(ProcessBuilder.Redirect.to(errors.toFile()));
    return new Child(name, builder.start(), errors);
  }

  public void command(String line) {
    input.println(line);
  }

  /**
   * Waits for the next line (after those already waited for) which begins with one of the words.
   */
  public String await(Duration patience, String... words) throws InterruptedException {
    return await(
        patience,
        line -> List.of(words).contains(line.split(" ", 2)[0]),
        String.join(" or ", words));
  }

  /** How far one of several readers of the output has come. */
  static final class Cursor {
    private int next;
  }

  /** The next wanted line from the cursor on, or null when there is none in time. */
  synchronized String awaitAt(Cursor cursor, Duration patience, Predicate<String> wanted)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      while (cursor.next < lines.size()) {
        String line = lines.get(cursor.next++);
        if (wanted.test(line)) {
          return line;
        }
      }
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (ended || leftMs <= 0) {
        return null;
      }
      wait(leftMs);
    }
  }

  /** Waits for the process to end by itself. */
  public int awaitExit(Duration patience) throws InterruptedException {
    if (!process.waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw failure("did not end within " + patience);
    }
    awaitEndOfOutput();
    return process.exitValue();
  }

  /** Waits until the process has printed something or has ended. */
  synchronized void awaitOutput(Duration patience) throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (lines.isEmpty() && !ended && System.nanoTime() < deadline) {
      wait(Math.max(1, TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime())));
    }
  }

  public synchronized List<String> output() {
    return List.copyOf(lines);
  }

  public String errorOutput() throws IOException {
    return Files.readString(errors);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /** {@code kill -9}, and waits until the process is gone. */
  public void kill() {
    process.destroyForcibly();
    process.onExit().join();
  }

  /** {@code kill -15}, and waits until the process has ended in its own time. */
  void terminate(Duration patience) throws InterruptedException {
    process.destroy();
    awaitExit(patience);
  }

  @Override
  public void close() {
    kill();
  }

  AssertionError failure(String what) {
    String exit = process.isAlive() ? "" : " (exit code " + process.exitValue() + ")";
    return new AssertionError(
        name
            + " "
            + what
            + exit
            + "\n--- last output\n"
            + tail(output())
            + "\n--- last errors\n"
            + tail(readErrors()));
  }

  private synchronized String await(Duration patience, Predicate<String> wanted, String description)
      throws InterruptedException {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      while (nextLine < lines.size()) {
        String line = lines.get(nextLine++);
        if (wanted.test(line)) {
          return line;
        }
      }
      long leftMs = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
      if (ended || leftMs <= 0) {
        throw failure(
            (ended ? "ended" : "ran for " + patience) + " without printing " + description);
      }
      wait(leftMs);
    }
  }

  private synchronized void awaitEndOfOutput() throws InterruptedException {
    while (!ended) {
      wait();
    }
  }

  private void read() {
    try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        add(line);
      }
    } catch (IOException e) {
      add("(output broke off: " + e.getMessage() + ")");
    } finally {
      end();
    }
  }

  private synchronized void add(String line) {
    lines.add(line);
    notifyAll();
  }

  private synchronized void end() {
    ended = true;
    notifyAll();
  }

  private List<String> readErrors() {
    try {
      return Files.readAllLines(errors);
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  private static String tail(List<String> all) {
    return String.join("\n", all.subList(Math.max(0, all.size() - QUOTED_LINES), all.size()));
  }
}
