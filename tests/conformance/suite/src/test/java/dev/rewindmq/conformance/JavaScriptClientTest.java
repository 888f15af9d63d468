package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The JavaScript client {@code ali-ons}: what it can do, by itself and together with Java's. */
@ExtendWith(SharedCluster.class)
final class JavaScriptClientTest {
  private static final int MESSAGES = 40;
  private static final int QUEUES = 4;
  private static final Duration QUIET = Duration.ofSeconds(1);

  /** The client leaves the pause to the broker, and does not name what it has refused before. */
  private static final long FIRST_RETRY_MS = 10_000;

  @Test
  void consumesWhatItSent(Scene scene) throws Exception {
    Peer peer = createTopic(scene, QUEUES);
    for (int i = 0; i < MESSAGES; i++) {
      peer.ask("send", "topic", scene.topic(), "key", "K" + i).await("SENT");
    }

    Peer.Call consumer = consume(peer, scene);

    assertEquals(
        MESSAGES,
        consumer.messages(MESSAGES).stream().map(one -> one.get("key")).distinct().count());
    assertEquals(List.of(), consumer.further(QUIET));
  }

  @Test
  void goesOnWhereItsGroupStopped(Scene scene) throws Exception {
    Peer peer = createTopic(scene, 1);
    peer.ask("send", "topic", scene.topic(), "key", "First").await("SENT");
    assertEquals("First", consume(peer, scene).messages(1).get(0).get("key"));
    peer.ask("stop", "group", scene.group()).await("STOPPED");
    peer.ask("send", "topic", scene.topic(), "key", "Second").await("SENT");

    Peer.Call javaConsumer =
        scene
            .peer(ClientVersion.V5_5_0)
            .ask("consume", "topic", scene.topic(), "group", scene.group());

    assertEquals("Second", javaConsumer.messages(1).get(0).get("key"));
    assertEquals(List.of(), javaConsumer.further(QUIET));
  }

  @Test
  void refusedMessageComesAgain(Scene scene) throws Exception {
    Peer peer = createTopic(scene, 1);
    scene.peer(ClientVersion.V5_5_0).create("%RETRY%" + scene.group(), 1);
    peer.ask("send", "topic", scene.topic(), "key", "Bad").await("SENT");

    List<Peer.Answer> messages = consume(peer, scene, "refuse", "Bad", "times", 1).messages(2);

    assertEquals(1, messages.get(1).number("times"));
    assertEquals(scene.topic(), messages.get(1).get("topic"));
    long pauseMs = messages.get(1).number("at") - messages.get(0).number("at");
    assertTrue(pauseMs >= FIRST_RETRY_MS, messages.toString());
  }

  @Test
  void delayLevelsHoldItsMessagesBack(Scene scene) throws Exception {
    Peer peer = createTopic(scene, 1);
    Peer.Call consumer = consume(peer, scene);
    consumer.await("STARTED");

    peer.ask("send", "topic", scene.topic(), "key", "L1", "level", 1).await("SENT");

    Peer.Answer message = consumer.messages(1).get(0);
    long delayMs = message.number("at") - message.number("born");
    assertTrue(delayMs >= 1_000 && delayMs <= 2_500, delayMs + " ms: " + message);
  }

  @Test
  void filtersByTagAndBySql(Scene scene) throws Exception {
    Peer peer = createTopic(scene, 1);
    for (int i = 0; i < 6; i++) {
      peer.ask(
              "send",
              "topic",
              scene.topic(),
              "key",
              "K" + i,
              "tag",
              i % 2 == 0 ? "Even" : "Odd",
              "prop-number",
              i)
          .await("SENT");
    }

    assertEquals(
        List.of("K1", "K3", "K5"), keys(consume(peer, scene, "tags", "Odd").messages(3)));
    Peer.Call bySql =
        peer.ask(
            "consume", "topic", scene.topic(), "group", scene.group() + "_sql", "sql",
            "number > 3");
    assertEquals(List.of("K4", "K5"), keys(bySql.messages(2)));
    assertEquals(List.of(), bySql.further(QUIET));
  }

  @Test
  void broadcastingGivesEverythingToEverybody(Scene scene) throws Exception {
    Peer peer = createTopic(scene, 1);
    peer.ask("send", "topic", scene.topic(), "key", "K").await("SENT");

    Peer.Call javaScript = consume(peer, scene, "broadcast", "");
    Peer.Call java =
        scene
            .peer(ClientVersion.V4_9_8)
            .ask("consume", "topic", scene.topic(), "group", scene.group(), "broadcast", "");

    assertEquals(List.of("K"), keys(javaScript.messages(1)));
    assertEquals(List.of("K"), keys(java.messages(1)));
  }

  private static Peer createTopic(Scene scene, int queues) throws Exception {
    scene.peer(ClientVersion.V5_5_0).create(scene.topic(), queues);
    return scene.javaScriptPeer();
  }

  private static Peer.Call consume(Peer peer, Scene scene, Object... more) {
    Object[] all = new Object[more.length + 4];
    System.arraycopy(
        new Object[] {"topic", scene.topic(), "group", scene.group()}, 0, all, 0, 4);
    System.arraycopy(more, 0, all, 4, more.length);
    return peer.ask("consume", all);
  }

  private static List<String> keys(List<Peer.Answer> messages) {
    return messages.stream().map(message -> message.get("key")).toList();
  }
}
