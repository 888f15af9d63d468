package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** One line of a driver's {@code --out} or {@code dump} file: a message at its place in a queue. */
public record Receipt(
    String key, int queueId, long queueOffset, long storeTimeMs, String storeId, int deliveries) {

  /** Where a message lies; the broker is not named, for there is one. */
  public record Place(int queueId, long queueOffset) {}

  static List<Receipt> readAll(Path file) throws IOException {
    return Files.readAllLines(file).stream().map(Receipt::parse).toList();
  }

  public Place place() {
    return new Place(queueId, queueOffset);
  }

  public static Set<Place> places(List<Receipt> receipts) {
    return places(receipts, receipt -> true);
  }

  public static Set<Place> places(List<Receipt> receipts, Predicate<Receipt> wanted) {
    return receipts.stream().filter(wanted).map(Receipt::place).collect(Collectors.toSet());
  }

  public static Set<String> keys(List<Receipt> receipts) {
    return receipts.stream().map(Receipt::key).collect(Collectors.toSet());
  }

  private static Receipt parse(String line) {
    String[] words = line.split(" ");
    return new Receipt(
        words[0],
        Integer.parseInt(words[1]),
        Long.parseLong(words[2]),
        Long.parseLong(words[3]),
        words[4],
        Integer.parseInt(words[5]));
  }
}
