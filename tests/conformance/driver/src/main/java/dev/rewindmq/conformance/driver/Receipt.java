package dev.rewindmq.conformance.driver;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One message at one place in a queue: as acknowledged to a producer, or as delivered to a
 * consumer.
 *
 * @param storeTimeMs the broker's store timestamp; 0 for a producer, who is not told
 * @param deliveries how many times it was delivered; 1 for a producer
 */
record Receipt(
    String key, int queueId, long queueOffset, long storeTimeMs, String storeId, int deliveries) {

  /** Writes one line per receipt, fields separated by one space, in the record's order. */
  static void writeAll(Path file, Collection<Receipt> receipts) throws IOException {
    List<String> lines = receipts.stream().map(Receipt::line).collect(Collectors.toList());
    Files.write(file, lines);
  }

  /** Several keys of one message, which a blank separates, are written with a plus. */
  private String line() {
    return String.join(
        " ",
        key.replace(' ', '+'),
        Integer.toString(queueId),
        Long.toString(queueOffset),
        Long.toString(storeTimeMs),
        storeId,
        Integer.toString(deliveries));
  }
}
