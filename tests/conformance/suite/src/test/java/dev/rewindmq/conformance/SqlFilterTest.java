package dev.rewindmq.conformance;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Subscriptions by an SQL92 expression on message properties. */
@ExtendWith(SharedCluster.class)
final class SqlFilterTest {
  private static final int MESSAGES = 10;
  private static final Duration QUIET = Duration.ofSeconds(1);

  @ParameterizedTest
  @EnumSource(ClientVersion.class)
  void letsOnlyWhatMatchesThrough(ClientVersion version, Scene scene) throws Exception {
    assertLetsThrough(version, scene, "number BETWEEN 3 AND 5 OR colour = 'red'", "0,3,4,5");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "number > 7                                          | 8,9",
        "number >= 7.5 AND number <> 9                       | 8",
        "NOT (number < 8)                                    | 8,9",
        "colour IS NULL                                      | 1,2,3,4,5,6,7,8,9",
        "colour IS NOT NULL                                  | 0",
        "word IN ('w1', 'w7')                                | 1,7",
        "word NOT IN ('w1', 'w2', 'w3', 'w4', 'w5') AND number < 7 | 0,6",
        "even = TRUE                                         | 0,2,4,6,8",
        "TAGS = 'TagA' AND even = FALSE AND number < 4       | 1,3",
        "absent > 3                                          | -",
        "number = '3'                                        | -",
        "number + 1 = 3                                      | -",
        "number >                                            | invalid",
      })
  void evaluatesExpressionsAsApacheDoes(String sql, String wanted, Scene scene) throws Exception {
    assertLetsThrough(ClientVersion.V5_5_0, scene, sql, wanted);
  }

  @Test
  void isRefusedByABrokerThatDoesNotAllowIt() throws Exception {
    try (Cluster cluster = Cluster.start();
        Scene scene = Scene.on(cluster)) {
      Peer peer = scene.peer(ClientVersion.V5_5_0);
      peer.create(scene.topic(), 1);

      Peer.Answer refused = consume(peer, scene, "number > 7").await("FAILED");

      assertTrue(
          refused.get("error").contains("The broker does not support consumer to filter message by"
              + " SQL92"),
          refused.toString());
    }
  }

  private static void assertLetsThrough(
      ClientVersion version, Scene scene, String sql, String wanted) throws Exception {
    Peer peer = scene.peer(version);
    peer.create(scene.topic(), 1);
    if (wanted.equals("invalid")) {
      consume(peer, scene, sql).await("FAILED");
      return;
    }
    for (int i = 0; i < MESSAGES; i++) {
      send(peer, scene, i);
    }
    List<String> keys = wanted.equals("-") ? List.of() : List.of(wanted.split(","));

    Peer.Call consumer = consume(peer, scene, sql);

    assertEquals(
        keys,
        consumer.messages(keys.size()).stream().map(one -> one.get("key")).sorted().toList());
    assertEquals(List.of(), consumer.further(QUIET));
  }

  private static void send(Peer peer, Scene scene, int number) throws Exception {
    peer.ask(
            "send",
            "topic",
            scene.topic(),
            "key",
            number,
            "prop-number",
            number,
            "prop-word",
            "w" + number,
            "prop-even",
            number % 2 == 0,
            number == 0 ? "prop-colour" : "prop-other",
            "red")
        .await("SENT");
  }

  private static Peer.Call consume(Peer peer, Scene scene, String sql) {
    return peer.ask("consume", "topic", scene.topic(), "group", scene.group(), "sql", sql);
  }
}
