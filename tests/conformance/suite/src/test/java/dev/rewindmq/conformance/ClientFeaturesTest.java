package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.AdminTool;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What else the clients can do with a topic, each as far as its version can. */
@ExtendWith(SharedCluster.class)
final class ClientFeaturesTest {
  private static final String TRACE_TOPIC = "RMQ_SYS_TRACE_TOPIC";
  private static final Duration QUIET = Duration.ofSeconds(1);

  @ParameterizedTest
  @EnumSource(names = {"V4_9_8", "V5_5_0"})
  void requestIsAnsweredByItsConsumer(ClientVersion version, Scene scene) throws Exception {
    assumeTrue(ServerKind.current() != ServerKind.APACHE_4_2_0, "request-reply came with 4.6");
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    Peer.Call replying = peer.ask("reply", "topic", scene.topic(), "group", scene.group());
    replying.await("STARTED");

    Peer.Call asking =
        peer.ask(
            "request", "topic", scene.topic(), "key", "Q", "body", "what?", "attempts", 6);

    assertEquals("re: what?", asking.await("REPLY").get("body"));
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_9_8", "V5_5_0"})
  void requestNobodyAnswersTimesOut(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);

    peer.ask("request", "topic", scene.topic(), "key", "Q", "ms", 1_500).await("NO-REPLY");
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_9_8", "V5_5_0"})
  void tracedMessageLeavesItsTraces(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    Peer.Call traced =
        peer.ask("traced", "topic", scene.topic(), "group", scene.group(), "key", "T");
    String id = traced.await("SENT").get("id");
    assertEquals(id, traced.messages(1).get(0).get("id"));

    // The consumer's trace is two records: before and after.
    Peer.Call traces = peer.ask("read", "topic", TRACE_TOPIC, "expect", 2, "contains", id);
    traces.await("READ");
  }

  @ParameterizedTest
  @EnumSource(names = {"V4_9_8", "V5_5_0"})
  void litePullConsumerReadsAndCommits(ClientVersion version, Scene scene) throws Exception {
    boolean knowsLitePull =
        ServerKind.current() == ServerKind.REWIND
            || ServerKind.current() == ServerKind.APACHE_5_5_0;
    assumeTrue(
        knowsLitePull || version != ClientVersion.V5_5_0,
        "5.x pulls with a request that 4.x does not know");
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 4);
    for (int i = 0; i < 20; i++) {
      peer.ask("send", "topic", scene.topic(), "key", "K" + i, "queue", i % 4).await("SENT");
    }

    Peer.Call first = peer.ask("lite", "topic", scene.topic(), "group", scene.group());
    assertEquals(20, first.messages(20).stream().map(one -> one.get("key")).distinct().count());
    peer.ask("stop", "group", scene.group()).await("STOPPED");
    peer.ask("send", "topic", scene.topic(), "key", "Later").await("SENT");

    Peer.Call second = peer.ask("lite", "topic", scene.topic(), "group", scene.group());
    assertEquals("Later", second.messages(1).get(0).get("key"));
    assertEquals(List.of(), second.further(QUIET));
  }

  @ParameterizedTest
  @CsvSource({"LZ4, 256", "ZSTD, 512", "ZLIB, 768"})
  void bodiesTheClientCompressedComeBackWhole(String type, int flag, Scene scene)
      throws Exception {
    Peer peer = scene.peer(ClientVersion.V5_5_0);
    peer.create(scene.topic(), 1);
    peer.ask(
            "compressed",
            "topic",
            scene.topic(),
            "group",
            scene.group() + "_producer",
            "key",
            "C",
            "type",
            type,
            "body-bytes",
            20_000)
        .await("SENT");

    Peer.Answer message =
        peer.ask("consume", "topic", scene.topic(), "group", scene.group()).messages(1).get(0);

    assertEquals(20_000, message.number("bytes"));
    assertEquals("true", message.get("sound"));
    assertEquals(flag, message.number("sysflag") & 0x700, "the compression the broker kept");
  }

  /** A topic that still begins at 0 is consumed from there, whatever the client asks for. */
  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void youngTopicIsConsumedFromItsBeginning(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    peer.ask("send", "topic", scene.topic(), "key", "K").await("SENT");
    String inAnHour =
        DateTimeFormatter.ofPattern("yyyyMMddHHmmss")
            .withZone(ZoneId.systemDefault())
            .format(Instant.now().plus(Duration.ofHours(1)));

    Peer.Call byTime =
        peer.ask(
            "consume", "topic", scene.topic(), "group", scene.group() + "_time", "from",
            "TIMESTAMP", "timestamp", inAnHour);
    Peer.Call last =
        peer.ask(
            "consume", "topic", scene.topic(), "group", scene.group() + "_last", "from",
            "LAST_OFFSET");

    assertEquals("K", byTime.messages(1).get(0).get("key"));
    assertEquals("K", last.messages(1).get(0).get("key"));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void offsetsAreFoundByTime(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    for (int i = 0; i < 3; i++) {
      peer.ask("send", "topic", scene.topic(), "key", "K" + i).await("SENT");
    }
    Peer.Call read = peer.ask("read", "topic", scene.topic(), "expect", 3);
    List<Peer.Answer> messages = read.messages(3);
    long last = messages.get(2).number("stored");
    long before = messages.get(0).number("stored") - 1;

    assertEquals(firstAt(messages, last), search(peer, scene, last));
    assertEquals(0, search(peer, scene, before));
    long afterAll = search(peer, scene, last + 3_600_000);
    assertTrue(afterAll == 3 || afterAll == 2, "after all messages: " + afterAll);
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void broadcastingGroupKeepsItsOffsetsAtTheClient(ClientVersion version, Scene scene)
      throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    peer.ask("send", "topic", scene.topic(), "key", "Before").await("SENT");
    Peer.Call first = broadcast(peer, scene);
    assertEquals("Before", first.messages(1).get(0).get("key"));
    // The client counts a message a moment after its listener has said yes.
    assertEquals(List.of(), first.further(QUIET));
    peer.ask("stop", "group", scene.group()).await("STOPPED");
    peer.ask("send", "topic", scene.topic(), "key", "After").await("SENT");

    Peer.Call second = broadcast(peer, scene);

    assertEquals("After", second.messages(1).get(0).get("key"));
    assertEquals(List.of(), second.further(QUIET));
  }

  /** The nameserver hands the order configuration to clients, who send to these queues alone. */
  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void orderConfigurationDecidesAboutQueues(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    AdminTool tool =
        version == ClientVersion.V4_2_0 ? AdminTool.MQADMIN_4_2_0 : AdminTool.MQADMIN_5_5_0;
    scene.run(
        tool, "updateOrderConf", "-n", scene.nameserver(), "-t", scene.topic(), "-m", "put", "-v",
        "broker-a:3");
    peer.create(scene.topic(), 4);

    assertEquals(
        "[0, 1, 2]", peer.ask("queues", "topic", scene.topic()).await("QUEUES").get("ids"));
  }

  private static Peer.Call broadcast(Peer peer, Scene scene) {
    return peer.ask(
        "consume", "topic", scene.topic(), "group", scene.group(), "broadcast", "");
  }

  private static long search(Peer peer, Scene scene, long ms) throws Exception {
    return peer.ask("search", "topic", scene.topic(), "ms", ms).await("FOUND").number("offset");
  }

  private static long firstAt(List<Peer.Answer> messages, long ms) {
    return messages.stream()
        .filter(message -> message.number("stored") == ms)
        .findFirst()
        .orElseThrow()
        .number("offset");
  }
}
