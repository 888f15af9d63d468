package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** What a broker's folder tells without a broker. */
public final class StoreFiles {
  /** Java writes the offsets 10 s after its start for the first time, however often after that. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final int POLL_MS = 50;
  private static final Pattern OFFSET = Pattern.compile("\"?(\\d+)\"?\\s*:\\s*(\\d+)");

  private StoreFiles() {}

  /** The file that a broker has while it runs and leaves behind when it is killed. */
  public static boolean hasAbort(Path store) {
    return Files.exists(store.resolve("abort"));
  }

  /** The sizes of all files in a folder of the store and below it. */
  public static List<Long> sizes(Path store, String folder) throws IOException {
    try (Stream<Path> files = Files.walk(store.resolve(folder))) {
      return files.filter(Files::isRegularFile).map(file -> file.toFile().length()).toList();
    }
  }

  /** Whether a record of the log has this magic. */
  public static boolean logHas(Path store, int magic) throws IOException {
    byte[] wanted = ByteBuffer.allocate(Integer.BYTES).putInt(magic).array();
    String text = new String(wanted, StandardCharsets.ISO_8859_1);
    try (Stream<Path> files = Files.list(store.resolve("commitlog"))) {
      for (Path file : files.toList()) {
        if (Files.readString(file, StandardCharsets.ISO_8859_1).contains(text)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Waits until the file of committed offsets says of a group what its broker has said. */
  public static void awaitCommitted(
      Path store, String topic, String group, Map<Integer, Long> wanted)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (!wanted.equals(committed(store, topic, group))) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(
            "the file of offsets has " + committed(store, topic, group) + " and not " + wanted);
      }
      Thread.sleep(POLL_MS);
    }
  }

  /** Queue id to committed offset; empty while there is no such file, or no such group in it. */
  private static Map<Integer, Long> committed(Path store, String topic, String group)
      throws IOException {
    Path file = store.resolve("config/consumerOffset.json");
    String text = Files.exists(file) ? Files.readString(file, StandardCharsets.UTF_8) : "";
    String name = Pattern.quote("\"" + topic + "@" + group + "\"");
    Matcher table = Pattern.compile(name + "\\s*:\\s*\\{([^}]*)\\}").matcher(text);
    Map<Integer, Long> offsets = new TreeMap<>();
    if (table.find()) {
      Matcher offset = OFFSET.matcher(table.group(1));
      while (offset.find()) {
        offsets.put(Integer.valueOf(offset.group(1)), Long.valueOf(offset.group(2)));
      }
    }
    return offsets;
  }
}
