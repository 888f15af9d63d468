package dev.rewindmq.conformance.differential;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Every command of mqadmin prints the same about our servers as about Apache's of the tool's
 * version, but for addresses, times and measurements, and for what {@code
 * allowed-mqadmin-VERSION.txt} allows.
 */
final class MqadminTest {
  private static final int MESSAGES = 20;
  private static final int QUEUES = 4;
  private static final int ATTEMPTS = 8;
  private static final Pattern LOST_CONNECTION =
      Pattern.compile("RemotingTimeoutException|connect to <|ClosedChannelException");

  /** What differs in every run: addresses, client ids, message ids, moments, measurements. */
  private static final Map<String, String> NORMAL = new LinkedHashMap<>();

  static {
    // Every record of ours carries its checksum as a property.
    NORMAL.put("__CRC32#=\\d+, |, __CRC32#=\\d+", "");
    NORMAL.put("7F000001[0-9A-F]{24}", "STORE-ID");
    NORMAL.put("[0-9A-F]{32,}", "ID");
    NORMAL.put("\\d+(\\.\\d+){3}@\\d+(#\\d+)?", "CLIENT");
    NORMAL.put("/tmp/\\S*", "FOLDER");
    NORMAL.put("/?\\d+(\\.\\d+){3}(:\\d+)?", "ADDRESS");
    NORMAL.put("\\d{4}-\\d\\d-\\d\\d[ ,#]+\\d\\d:\\d\\d:\\d\\d([.,:]\\d+)?", "TIME");
    NORMAL.put("\\b\\d{17}\\b", "TIME");
    NORMAL.put("\\b\\d{13}\\b", "MS");
    NORMAL.put("\\d+\\.\\d+", "MEASURED");
    NORMAL.put("(rt[:=])\\d+ms", "$1MEASURED");
    NORMAL.put("(storeSize=|commitLogOffset=|physicOffset=|physicSize=)\\d+", "$1PLACE");
    NORMAL.put("(CommitLog Offset: +|MasterCommitLogMaxOffset\\s+|@ID@)\\d+", "$1PLACE");
    NORMAL.put("\\s+", " ");
    NORMAL.put("(PUSH CLUSTERING) \\d+", "$1 MEASURED");
    NORMAL.put("^ | $", "");
  }

  /** A round trip, and which queue comes first, are no matter of the servers. */
  private static final Pattern ROUND_TRIP = Pattern.compile("(broker-a \\d true|#\\d true) \\d+");

  private static final Pattern RUNTIME_VALUE =
      Pattern.compile("^(\\w+) ?: .*(\\d|MEASURED|TIME|MS|null).*$");
  /** The tool of 5.5.0 is a client, too: a heartbeat tells of it once a command takes a second. */
  private static final Pattern TOOL_ITSELF = Pattern.compile(".*clientId=CLIENT@STREAM.*");

  private static final Pattern QUEUE_SENT_TO = Pattern.compile("broker-a \\d (SEND_OK ID)");
  private static final Pattern PROPERTIES = Pattern.compile("\\{([^{}]*=[^{}]*)}");

  /** Two scripts one after the other, each of which waits for heartbeats; four minutes at most. */
  @ParameterizedTest
  @Timeout(value = 10, unit = TimeUnit.MINUTES)
  @EnumSource(
      value = ServerKind.class,
      names = {"APACHE_4_2_0", "APACHE_5_5_0"})
  void commandsPrintTheSame(ServerKind apache) throws Exception {
    assumeFalse(ServerKind.current().isApache(), "compares with Apache's already");
    Map<String, Map<String, String>> theirs = run(apache, apache.client());
    Map<String, Map<String, String>> ours = run(ServerKind.REWIND, apache.client());

    List<String> differences =
        new Rules("none.txt", "allowed-mqadmin-" + apache.client() + ".txt").compare(theirs, ours);

    assertTrue(
        differences.isEmpty(),
        () -> differences.size() + " differences:\n" + String.join("\n", differences));
  }

  private static Map<String, Map<String, String>> run(ServerKind kind, ClientVersion version)
      throws Exception {
    try (Cluster cluster = Cluster.start(kind, Map.of(), Map.of());
        Scene scene = Scene.numbered(cluster, 0)) {
      Map<String, String> names = prepare(scene, version);
      Scene.Admin admin = scene.startAdmin(version);
      Map<String, Map<String, String>> outputs = new LinkedHashMap<>();
      awaitCommitted(admin, scene);
      for (String command : commands(version)) {
        outputs.put(command, normalised(command, run(admin, fill(command, names))));
      }
      return outputs;
    }
  }

  /**
   * The tool of 4.2.0 may close the connection on which it waits for an answer
   * (NettyRemotingClient.createChannel): a thread of its own that asks the same server for the
   * first time closes the healthy connection which it finds, and opens another. The busier the
   * machine, the likelier; with Apache's servers as with ours. Said each time, to be counted.
   */
  private static List<String> run(Scene.Admin admin, String command) throws Exception {
    List<String> printed = admin.run(command);
    for (int i = 1; i < ATTEMPTS && LOST_CONNECTION.matcher(String.join("", printed)).find(); i++) {
      System.out.println("mqadmin lost its own connection and is asked again: " + command);
      printed = admin.run(command);
    }
    return printed;
  }

  private static Map<String, String> prepare(Scene scene, ClientVersion version)
      throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), QUEUES);
    Peer.Call consumer = peer.ask("consume", "topic", scene.topic(), "group", scene.group());
    consumer.await("STARTED");
    String id = "";
    for (int i = 0; i < MESSAGES; i++) {
      Peer.Answer sent =
          peer.ask("send", "topic", scene.topic(), "key", "K" + i, "queue", i % QUEUES)
              .await("SENT");
      id = sent.get("id");
    }
    consumer.messages(MESSAGES);
    return Map.of(
        "topic",
        scene.topic(),
        "group",
        scene.group(),
        "broker",
        "127.0.0.1:" + scene.brokerPort(),
        "id",
        id,
        "storeId",
        String.format("7F000001%08X%016X", scene.brokerPort(), 0));
  }

  /** The client commits every five seconds, and its producer may be heard of only after thirty. */
  private static void awaitCommitted(Scene.Admin admin, Scene scene) throws Exception {
    awaitLine(admin, "producerConnection -g peer_producer -t " + scene.topic(), "0001");
    // Without a row nothing has been committed, and the total is zero, too.
    String progress = "consumerProgress -g " + scene.group();
    awaitLine(admin, progress, scene.topic(), "%RETRY%", "Diff Total: 0");
  }

  private static void awaitLine(Scene.Admin admin, String command, String... texts)
      throws Exception {
    long deadline = System.nanoTime() + 2 * Scene.PATIENCE.toNanos();
    while (System.nanoTime() < deadline) {
      String printed = String.join("\n", admin.run(command));
      if (Stream.of(texts).allMatch(printed::contains)) {
        return;
      }
    }
    throw new AssertionError(command + " did not print " + List.of(texts));
  }

  private static List<String> commands(ClientVersion version) {
    List<String> commands = new ArrayList<>();
    for (String line : Step.lines("mqadmin.txt")) {
      String[] parts = line.split(": ", 2);
      if (line.startsWith("#")) {
        continue;
      }
      if (parts.length == 1) {
        commands.add(line);
      } else if (parts[0].equals(version.toString())) {
        commands.add(parts[1]);
      }
    }
    return commands;
  }

  private static String fill(String command, Map<String, String> names) {
    String filled = command;
    for (Map.Entry<String, String> name : names.entrySet()) {
      filled = filled.replace("{" + name.getKey() + "}", name.getValue());
    }
    return filled;
  }

  /** Each line is a field: which lines a hash map puts first is nobody's business. */
  private static Map<String, String> normalised(String command, List<String> lines) {
    Map<String, String> fields = new LinkedHashMap<>();
    for (String line : lines) {
      String normal = normalised(line);
      if (command.startsWith("brokerStatus") && !normal.startsWith("brokerVersion")) {
        normal = RUNTIME_VALUE.matcher(normal).replaceAll("$1: MEASURED");
      }
      if (!normal.isEmpty()
          && !normal.matches("at .*|\\.\\.\\. \\d+ more")
          && !TOOL_ITSELF.matcher(normal).matches()) {
        fields.merge(normal, "1 time", (before, one) -> before + " and again");
      }
    }
    return fields;
  }

  private static String normalised(String line) {
    String normal = line;
    for (Map.Entry<String, String> rule : NORMAL.entrySet()) {
      normal = normal.replaceAll(rule.getKey(), rule.getValue());
    }
    normal = ROUND_TRIP.matcher(normal).replaceAll("$1 MEASURED");
    normal = QUEUE_SENT_TO.matcher(normal).replaceAll("broker-a QUEUE $1");
    return PROPERTIES.matcher(normal).replaceAll(found -> sorted(found.group(1)));
  }

  private static String sorted(String properties) {
    return Matcher.quoteReplacement(
        Arrays.stream(properties.split(", "))
            .sorted()
            .collect(Collectors.joining(", ", "{", "}")));
  }
}
