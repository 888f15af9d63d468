package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.differential.Wire;
import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real consumers get the messages of an interval once more, and nothing else changes. */
@ExtendWith(SharedCluster.class)
final class ReplayTest {
  private static final int UPDATE_CONSUMER_OFFSET = 15;
  private static final int QUERY_CONSUMER_OFFSET = 14;
  private static final int UPDATE_GROUP = 200;
  private static final int START_REPLAY = 30002;
  private static final int GET_REPLAYS = 30004;
  private static final int MESSAGES = 10;
  private static final Duration QUIET = Duration.ofSeconds(2);

  @BeforeEach
  void onlyOurs() {
    assumeTrue(ServerKind.current() == ServerKind.REWIND, "RocketMQ's brokers have no replay");
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void theIntervalComesAgain(ClientVersion version, Scene scene) throws Exception {
    comesAgain(version, scene, "plain");
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void theIntervalComesAgainToAnOrderlyConsumer(ClientVersion version, Scene scene)
      throws Exception {
    comesAgain(version, scene, "orderly");
  }

  private static void comesAgain(ClientVersion version, Scene scene, String mode)
      throws Exception {
    Peer peer = peer(version, scene);
    String otherGroup = "Other_" + scene.group();
    peer.create("%RETRY%" + otherGroup, 1);
    for (int i = 0; i < MESSAGES; i++) {
      peer.ask("send", "topic", scene.topic(), "key", "K" + i).await("SENT");
    }
    Peer.Call other = peer.ask("consume", "topic", scene.topic(), "group", otherGroup);
    Peer.Call consumer =
        peer.ask("consume", "topic", scene.topic(), "group", scene.group(), mode, "");
    List<Peer.Answer> first = byKey(consumer.messages(MESSAGES));
    other.messages(MESSAGES);
    awaitCommitted(scene, MESSAGES);

    long from = first.get(3).number("stored");
    long until = first.get(7).number("stored") + 1;
    List<Peer.Answer> wanted =
        first.stream()
            .filter(one -> one.number("stored") >= from && one.number("stored") < until)
            .toList();
    start(scene, from, until);

    List<Peer.Answer> all = consumer.messages(MESSAGES + wanted.size());
    List<Peer.Answer> again = all.subList(MESSAGES, all.size());
    if (mode.equals("orderly")) {
      assertEquals(keys(byKey(again)), keys(again), "one queue stays in order");
    }
    again = byKey(again);
    assertEquals(keys(wanted), keys(again));
    // The orderly consumer of 4.2.0 shows its listener the retry topic, whatever comes from there.
    boolean undoes = !(version == ClientVersion.V4_2_0 && mode.equals("orderly"));
    String shown = undoes ? scene.topic() : "%RETRY%" + scene.group();
    for (int i = 0; i < again.size(); i++) {
      assertEquals(shown, again.get(i).get("topic"));
      assertEquals(scene.topic(), again.get(i).get("retry-topic"));
      assertEquals(wanted.get(i).get("id"), again.get(i).get("id"));
      assertEquals("TagA", again.get(i).get("tag"));
      assertEquals(0, again.get(i).number("times"));
    }
    assertEquals(List.of(), consumer.further(QUIET));
    assertEquals(List.of(), other.further(Duration.ZERO));
    await(() -> replays(scene).contains("\"state\":\"Finished\""));
    assertTrue(replays(scene).contains("\"delivered\":" + wanted.size()), replays(scene));
    assertEquals(MESSAGES, committed(scene));
  }

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void aReplayedMessageIsRetriedAndDiesAsAnyOther(ClientVersion version, Scene scene)
      throws Exception {
    Peer peer = peer(version, scene);
    long from = System.currentTimeMillis();
    for (String key : List.of("Good", "Bad")) {
      peer.ask("send", "topic", scene.topic(), "key", key).await("SENT");
    }
    ask(scene, UPDATE_GROUP, "", "{\"groupName\":\"" + scene.group() + "\"}");
    // The group has consumed everything before it comes online: it gets the replay alone.
    ask(scene, UPDATE_CONSUMER_OFFSET, place(scene) + ",\"commitOffset\":\"2\"", "");
    Thread.sleep(2); // the interval must be over, and the clock counts milliseconds
    start(scene, from, System.currentTimeMillis());

    Peer.Call consumer =
        peer.ask(
            "consume", "topic", scene.topic(), "group", scene.group(), "refuse", "Bad", "max", 2,
            "next-level", 1);

    List<String> came =
        consumer.messages(4).stream()
            .map(one -> one.get("key") + "/" + one.get("times") + "/" + one.get("topic"))
            .sorted()
            .toList();
    String topic = "/" + scene.topic();
    assertEquals(
        List.of("Bad/0" + topic, "Bad/1" + topic, "Bad/2" + topic, "Good/0" + topic), came);
    Peer.Answer dead =
        peer.ask("read", "topic", "%DLQ%" + scene.group(), "expect", 1).messages(1).get(0);
    assertEquals("Bad", dead.get("key"));
    assertEquals(scene.topic(), dead.get("retry-topic"));
    assertEquals(List.of(), consumer.further(QUIET));
    assertEquals(2, committed(scene));
  }

  private static List<String> keys(List<Peer.Answer> messages) {
    return messages.stream().map(message -> message.get("key")).toList();
  }

  /** Threads of a concurrent listener overtake each other. */
  private static List<Peer.Answer> byKey(List<Peer.Answer> messages) {
    return messages.stream().sorted(Comparator.comparing(message -> message.get("key"))).toList();
  }

  private static void start(Scene scene, long from, long until) throws IOException {
    String order =
        String.format(
            "{\"id\":\"%s\",\"topic\":\"%s\",\"group\":\"%s\",\"fromMs\":%d,\"untilMs\":%d}",
            scene.group(), scene.topic(), scene.group(), from, until);
    ask(scene, START_REPLAY, "", order);
  }

  private static String replays(Scene scene) {
    try {
      return ask(scene, GET_REPLAYS, "\"replayId\":\"" + scene.group() + "\"", "").text();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static String place(Scene scene) {
    return String.format(
        "\"consumerGroup\":\"%s\",\"topic\":\"%s\",\"queueId\":\"0\"",
        scene.group(), scene.topic());
  }

  private static long committed(Scene scene) throws IOException {
    return Long.parseLong(ask(scene, QUERY_CONSUMER_OFFSET, place(scene), "").ext().get("offset"));
  }

  /** Clients commit every five seconds. */
  private static void awaitCommitted(Scene scene, long offset) throws InterruptedException {
    await(
        () -> {
          try {
            return committed(scene) == offset;
          } catch (IOException e) {
            throw new AssertionError(e);
          }
        });
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + Scene.PATIENCE.toNanos();
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, "it never came true");
      Thread.sleep(50);
    }
  }

  private static Wire.Frame ask(Scene scene, int code, String ext, String body)
      throws IOException {
    String header =
        String.format(
            "{\"code\":%d,\"flag\":0,\"language\":\"JAVA\",\"opaque\":1,"
                + "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":252,\"extFields\":{%s}}",
            code, ext);
    try (Wire wire = new Wire("127.0.0.1", scene.brokerPort())) {
      Wire.Frame answer = wire.ask(header, 1, body.getBytes(StandardCharsets.UTF_8));
      boolean known = answer.code() == 0 || code == QUERY_CONSUMER_OFFSET;
      assertTrue(known, answer.code() + ": " + answer.remark());
      return answer.code() == 0
          ? answer
          : new Wire.Frame(0, "", Map.of("offset", "-1"), new byte[0], 1, true);
    }
  }

  /** A client learns of a topic that is made while it runs within half a minute: too late here. */
  private static Peer peer(ClientVersion version, Scene scene) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    peer.create("%RETRY%" + scene.group(), 1);
    return peer;
  }
}
