package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.Receipt;
import dev.rewindmq.conformance.harness.Remoting;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.Session;
import dev.rewindmq.conformance.harness.StoreFiles;
import dev.rewindmq.conformance.harness.TopicContents;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A store goes from Apache's broker to ours and back, each of them stopped or killed: nothing is
 * lost on the way, whoever wrote it. Files are so small that every kind of them fills several.
 */
final class StoreUpgradeTest {
  private static final long LOG_FILE_BYTES = 1 << 20;
  private static final long QUEUE_FILE_BYTES = 6_000;
  private static final Map<String, String> SMALL_FILES =
      Map.of(
          // Java renamed the keys after 4.2.0.
          "mapedFileSizeCommitLog",
          Long.toString(LOG_FILE_BYTES),
          "mappedFileSizeCommitLog",
          Long.toString(LOG_FILE_BYTES),
          "mapedFileSizeConsumeQueue",
          Long.toString(QUEUE_FILE_BYTES),
          "mappedFileSizeConsumeQueue",
          Long.toString(QUEUE_FILE_BYTES),
          "maxHashSlotNum",
          "500",
          "maxIndexNum",
          "2000",
          "flushConsumerOffsetInterval",
          "200",
          "timerWheelEnable",
          "false");
  private static final int SINGLE = 2_000;
  private static final int BATCHED = 600;
  private static final int MESSAGES = SINGLE + BATCHED;

  /**
   * Records of a topic whose name is longer than 127 bytes have another magic since 5.x. Only the
   * retry topic of a group can be, and no 5.5.0 client may create such a group any more: it is one
   * which an earlier 5.x left in the configuration.
   */
  private static final String LONG_GROUP = "Long".repeat(40);

  private static final String LONG_TOPIC = "%RETRY%" + LONG_GROUP;
  private static final Map<String, String> LONG_GROUP_CONFIG =
      Map.of(
          "subscriptionGroup.json",
          String.format(
              "{\"subscriptionGroupTable\":{\"%1$s\":{\"groupName\":\"%1$s\"}}}", LONG_GROUP));
  private static final int TO_LONG_TOPIC = 10;
  private static final int MAGIC_OF_LONG_TOPICS = 0xDAA320AB;
  private static final int QUEUES = 4;
  private static final int QUERIES = 10;
  private static final String TAG = "标签";
  private static final String ENCODED_TAG = "%E6%A0%87%E7%AD%BE";

  /** How a broker ends, which its successor can see. */
  enum End {
    STOPPED,
    KILLED;

    void of(Cluster cluster) throws Exception {
      if (this == STOPPED) {
        cluster.stopBroker();
      } else {
        cluster.killBroker();
      }
      assertEquals(this == KILLED, StoreFiles.hasAbort(cluster.store()), "the abort file");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "APACHE_4_2_0, STOPPED",
    "APACHE_4_2_0, KILLED",
    "APACHE_4_9_7, STOPPED",
    "APACHE_4_9_7, KILLED",
    "APACHE_5_5_0, STOPPED",
    "APACHE_5_5_0, KILLED"
  })
  void oursServesWhatApacheWroteAndApacheWhatBothWrote(ServerKind apache, End end)
      throws Exception {
    try (Cluster cluster = Cluster.start(apache, SMALL_FILES, LONG_GROUP_CONFIG);
        Scene scene = Scene.on(cluster)) {
      Session session = scene.startSession(apache.client());
      send(session, scene.topic(), 0);
      if (apache == ServerKind.APACHE_5_5_0) {
        sendToLongTopic(cluster.brokerPort());
      }
      session.commit(scene.topic(), 50);
      List<TopicContents> written = read(session, topics(apache, scene));
      assertTrue(written.get(0).committed().values().stream().allMatch(offset -> offset > 0));
      StoreFiles.awaitCommitted(
          cluster.store(), scene.topic(), scene.group(), written.get(0).committed());
      assertFillsFiles(apache, cluster.store());
      assertFinds(written.get(0), session, scene.topic());
      end.of(cluster);

      cluster.startBroker(ServerKind.REWIND);
      assertServes(written, session, topics(apache, scene));
      assertFinds(written.get(0), session, scene.topic());
      List<Receipt> added = send(session, scene.topic(), MESSAGES);
      assertFollow(written.get(0), added);
      session.commit(scene.topic(), 80);
      List<TopicContents> grown = read(session, topics(apache, scene));
      assertTrue(grown.get(0).messages().containsAll(written.get(0).messages()));
      assertFinds(grown.get(0), session, scene.topic());
      StoreFiles.awaitCommitted(
          cluster.store(), scene.topic(), scene.group(), grown.get(0).committed());
      end.of(cluster);

      cluster.startBroker(apache);
      assertServes(grown, session, topics(apache, scene));
      assertFinds(grown.get(0), session, scene.topic());
      assertFollow(grown.get(0), send(session, scene.topic(), 2 * MESSAGES));
    }
  }

  /** Without this a store of one file each would pass, or one without records of both forms. */
  private static void assertFillsFiles(ServerKind apache, Path store) throws Exception {
    List<Long> logFiles = StoreFiles.sizes(store, "commitlog");
    assertTrue(logFiles.size() > 2, logFiles::toString);
    assertEquals(Set.of(LOG_FILE_BYTES), Set.copyOf(logFiles));
    List<Long> queueFiles = StoreFiles.sizes(store, "consumequeue");
    assertTrue(queueFiles.size() > 2 * QUEUES, queueFiles::toString);
    assertEquals(Set.of(QUEUE_FILE_BYTES), Set.copyOf(queueFiles));
    List<Long> indexFiles = StoreFiles.sizes(store, "index");
    assertTrue(indexFiles.size() > 1, indexFiles::toString);
    assertEquals(apache == ServerKind.APACHE_5_5_0, StoreFiles.logHas(store, MAGIC_OF_LONG_TOPICS));
  }

  /** The index finds messages by each of their keys and by the client's unique id. */
  private static void assertFinds(TopicContents contents, Session session, String topic)
      throws Exception {
    List<String> messages = contents.messages();
    for (int i = 0; i < messages.size(); i += messages.size() / QUERIES) {
      String message = messages.get(i);
      for (String key : TopicContents.keys(message)) {
        assertEquals(contents.keyed(key), session.query(topic, key), key);
      }
      assertEquals(
          List.of(message), session.queryUnique(topic, TopicContents.uniqueId(message)), message);
    }
  }

  private static List<String> topics(ServerKind apache, Scene scene) {
    return apache == ServerKind.APACHE_5_5_0
        ? List.of(scene.topic(), LONG_TOPIC)
        : List.of(scene.topic());
  }

  private static List<Receipt> send(Session session, String topic, int start) throws Exception {
    List<Receipt> sent = new ArrayList<>(session.send(topic, start, SINGLE, "async"));
    sent.addAll(session.send(topic, start + SINGLE, BATCHED, "batch"));
    awaitServed(sent, session, topic);
    return sent;
  }

  /** Java puts a message into its queue some time after it has acknowledged it. */
  private static void awaitServed(List<Receipt> sent, Session session, String topic)
      throws Exception {
    long deadline = System.nanoTime() + Scene.PATIENCE.toNanos();
    Set<List<Object>> lost = TopicContents.identities(sent);
    lost.removeAll(session.read(topic).identities());
    while (!lost.isEmpty()) {
      assertTrue(System.nanoTime() < deadline, "acknowledged, but not served: " + lost);
      lost.removeAll(session.read(topic).identities());
    }
  }

  /** The properties are those of a message K0 of the session's own. */
  private static void sendToLongTopic(int brokerPort) throws Exception {
    for (int i = 0; i < TO_LONG_TOPIC; i++) {
      String answer =
          Remoting.send(
              brokerPort,
              LONG_TOPIC,
              "KEYS\\u0001K0\\u0002TAGS\\u0001" + TAG + "\\u0002UNIQ_KEY\\u0001Long" + i,
              "K".getBytes(StandardCharsets.US_ASCII));
      assertTrue(answer.contains("\"code\":0"), answer);
    }
  }

  private static List<TopicContents> read(Session session, List<String> topics) throws Exception {
    List<TopicContents> contents = new ArrayList<>();
    for (String topic : topics) {
      TopicContents one = session.read(topic);
      assertTrue(one.isDense(), () -> topic + ": " + one.queues());
      assertTrue(one.bodiesAreSound(), topic);
      contents.add(one);
    }
    return contents;
  }

  /** Every queue's offsets and every message are as before, and the tags' filter agrees. */
  private static void assertServes(List<TopicContents> wanted, Session session, List<String> topics)
      throws Exception {
    List<TopicContents> served = read(session, topics);
    for (int i = 0; i < topics.size(); i++) {
      assertEquals("", wanted.get(i).difference(served.get(i)), topics.get(i));
      assertEquals(wanted.get(i).queues(), served.get(i).queues(), topics.get(i));
      assertEquals(wanted.get(i).tagged(ENCODED_TAG), session.read(topics.get(i), TAG).messages());
    }
  }

  /** What was sent to a store lies behind what it had. */
  private static void assertFollow(TopicContents before, List<Receipt> sent) {
    sent.forEach(
        receipt ->
            assertTrue(
                receipt.queueOffset() >= before.queues().get(receipt.queueId()).max(),
                receipt::toString));
  }
}
