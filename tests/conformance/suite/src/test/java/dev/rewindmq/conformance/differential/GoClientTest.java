package dev.rewindmq.conformance.differential;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The frames of the Go client, replayed: it always sends with code 10 and the long field names,
 * calls itself GO, asks for an answer to every commit of an offset, and writes numbers where others
 * write strings.
 */
@ExtendWith(SharedCluster.class)
final class GoClientTest {
  private static final int SEND_MESSAGE = 10;
  private static final int PULL_MESSAGE = 11;
  private static final int QUERY_CONSUMER_OFFSET = 14;
  private static final int UPDATE_CONSUMER_OFFSET = 15;
  private static final int HEART_BEAT = 34;
  private static final int UNREGISTER_CLIENT = 35;
  private static final int CONSUMER_SEND_MSG_BACK = 36;
  private static final int GET_CONSUMER_LIST_BY_GROUP = 38;
  private static final int NOTIFY_CONSUMER_IDS_CHANGED = 40;
  private static final int GET_ROUTE = 105;
  private static final int VERSION = 317;
  private static final int TOPIC_NOT_EXIST = 17;
  private static final int PULL_NOT_FOUND = 19;
  private static final String CLIENT = "127.0.0.1@4711";

  private int lastOpaque;

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void sendsPullsAndCommits(boolean numbers, Scene scene) throws Exception {
    scene.peer(ClientVersion.V5_5_0).create(scene.topic(), 1);
    try (Wire broker = new Wire("127.0.0.1", scene.brokerPort())) {
      Wire.Frame beat = ask(broker, HEART_BEAT, "", heartbeat(scene));
      assertEquals(0, beat.code(), beat.remark());
      assertEquals(
          scene.group(),
          broker.awaitRequest(NOTIFY_CONSUMER_IDS_CHANGED).ext().get("consumerGroup"));
      for (int i = 0; i < 3; i++) {
        Wire.Frame sent = ask(broker, SEND_MESSAGE, sendFields(scene, i, numbers), "Go " + i);
        assertEquals(0, sent.code(), sent.remark());
        assertEquals(Integer.toString(i), sent.ext().get("queueOffset"));
        assertTrue(sent.ext().get("msgId").matches("[0-9A-F]{32}"), sent.toString());
      }

      Wire.Frame list =
          ask(broker, GET_CONSUMER_LIST_BY_GROUP, field("consumerGroup", scene.group()), "");
      assertEquals(Map.of("consumerIdList", List.of(CLIENT)), Json.parse(list.text()));
      Wire.Frame pulled = ask(broker, PULL_MESSAGE, pullFields(scene, 0, numbers), "");
      assertEquals(0, pulled.code(), pulled.remark());
      assertEquals("3", pulled.ext().get("nextBeginOffset"));
      assertEquals(List.of("Go 0", "Go 1", "Go 2"), bodies(pulled));
      assertEquals(
          PULL_NOT_FOUND, ask(broker, PULL_MESSAGE, pullFields(scene, 3, numbers), "").code());

      Wire.Frame committed =
          ask(
              broker,
              UPDATE_CONSUMER_OFFSET,
              queue(scene, numbers) + "," + number("commitOffset", 3, numbers),
              "");
      assertEquals(0, committed.code(), committed.remark());
      Wire.Frame offset = ask(broker, QUERY_CONSUMER_OFFSET, queue(scene, numbers), "");
      assertEquals("3", offset.ext().get("offset"));
      Wire.Frame left =
          ask(
              broker,
              UNREGISTER_CLIENT,
              field("clientID", CLIENT) + "," + field("consumerGroup", scene.group()),
              "");
      assertEquals(0, left.code(), left.remark());
    }
  }

  @Test
  void javaConsumesWhatGoSent(Scene scene) throws Exception {
    Peer peer = scene.peer(ClientVersion.V4_2_0);
    peer.create(scene.topic(), 1);
    try (Wire broker = new Wire("127.0.0.1", scene.brokerPort())) {
      assertEquals(0, ask(broker, SEND_MESSAGE, sendFields(scene, 7, true), "from Go").code());
    }

    Peer.Answer message =
        peer.ask("consume", "topic", scene.topic(), "group", scene.group()).messages(1).get(0);

    assertEquals("from Go", message.get("body"));
    assertEquals("K7", message.get("key"));
  }

  @Test
  void sendsBackWhatItCouldNotConsume(Scene scene) throws Exception {
    scene.peer(ClientVersion.V5_5_0).create(scene.topic(), 1);
    try (Wire broker = new Wire("127.0.0.1", scene.brokerPort())) {
      ask(broker, HEART_BEAT, "", heartbeat(scene));
      Wire.Frame sent = ask(broker, SEND_MESSAGE, sendFields(scene, 1, true), "bad");
      long place = Long.parseLong(sent.ext().get("msgId").substring(16), 16);

      Wire.Frame back =
          ask(
              broker,
              CONSUMER_SEND_MSG_BACK,
              String.join(
                  ",",
                  field("group", scene.group()),
                  field("originTopic", scene.topic()),
                  field("originMsgId", "U1"),
                  number("offset", place, true),
                  number("delayLevel", 1, true),
                  number("maxReconsumeTimes", 16, true),
                  "\"unitMode\":false"),
              "");

      assertEquals(0, back.code(), back.remark());
    }
    Peer.Call retries =
        scene
            .peer(ClientVersion.V5_5_0)
            .ask("read", "topic", "%RETRY%" + scene.group(), "expect", 1);
    Peer.Answer retried = retries.messages(1).get(0);
    assertEquals(1, retried.number("times"));
    assertEquals("bad", retried.get("body"));
  }

  @Test
  void findsRoutes(Scene scene) throws Exception {
    scene.peer(ClientVersion.V5_5_0).create(scene.topic(), 3);
    try (Wire nameserver = new Wire("127.0.0.1", scene.nameserverPort())) {
      Wire.Frame unknown = ask(nameserver, GET_ROUTE, field("topic", "Nothing"), "");
      assertEquals(TOPIC_NOT_EXIST, unknown.code());

      Wire.Frame route = ask(nameserver, GET_ROUTE, field("topic", scene.topic()), "");

      assertEquals(0, route.code(), route.remark());
      Map<?, ?> body = (Map<?, ?>) Json.parse(route.text());
      Map<?, ?> queues = (Map<?, ?>) ((List<?>) body.get("queueDatas")).get(0);
      assertEquals("3", queues.get("readQueueNums"));
      Map<?, ?> data = (Map<?, ?>) ((List<?>) body.get("brokerDatas")).get(0);
      assertEquals(
          Map.of("0", "127.0.0.1:" + scene.brokerPort()), data.get("brokerAddrs"));
    }
  }

  private Wire.Frame ask(Wire wire, int code, String fields, String body) throws IOException {
    int opaque = ++lastOpaque;
    String header =
        String.format(
            "{\"code\":%d,\"language\":\"GO\",\"version\":%d,\"opaque\":%d,\"flag\":0,"
                + "\"remark\":\"\",\"extFields\":{%s}}",
            code, VERSION, opaque, fields);
    return wire.ask(header, opaque, body.getBytes(StandardCharsets.UTF_8));
  }

  private static String sendFields(Scene scene, int i, boolean numbers) {
    return String.join(
        ",",
        field("producerGroup", scene.group() + "_producer"),
        field("topic", scene.topic()),
        field("defaultTopic", "TBW102"),
        number("defaultTopicQueueNums", 4, numbers),
        number("queueId", 0, numbers),
        number("sysFlag", 0, numbers),
        number("bornTimestamp", System.currentTimeMillis(), numbers),
        number("flag", 0, numbers),
        field("properties", "KEYS\\u0001K" + i + "\\u0002UNIQ_KEY\\u0001GO" + i + "\\u0002"),
        number("reconsumeTimes", 0, numbers),
        numbers ? "\"unitMode\":false" : field("unitMode", "false"),
        numbers ? "\"batch\":false" : field("batch", "false"),
        number("maxReconsumeTimes", 0, numbers));
  }

  private static String pullFields(Scene scene, long offset, boolean numbers) {
    return String.join(
        ",",
        queue(scene, numbers),
        number("queueOffset", offset, numbers),
        number("maxMsgNums", 32, numbers),
        number("sysFlag", 4, numbers),
        number("commitOffset", 0, numbers),
        number("suspendTimeoutMillis", 0, numbers),
        field("subscription", "*"),
        number("subVersion", 0, numbers),
        field("expressionType", "TAG"));
  }

  private static String queue(Scene scene, boolean numbers) {
    return String.join(
        ",",
        field("consumerGroup", scene.group()),
        field("topic", scene.topic()),
        number("queueId", 0, numbers));
  }

  private static String heartbeat(Scene scene) {
    return String.format(
        "{\"clientID\":\"%s\",\"producerDataSet\":[],\"consumerDataSet\":[{\"groupName\":\"%s\","
            + "\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\","
            + "\"consumeFromWhere\":\"CONSUME_FROM_FIRST_OFFSET\",\"subscriptionDataSet\":["
            + "{\"classFilterMode\":false,\"topic\":\"%s\",\"subString\":\"*\",\"tagsSet\":[],"
            + "\"codeSet\":[],\"subVersion\":1,\"expressionType\":\"TAG\"}],\"unitMode\":false}]}",
        CLIENT, scene.group(), scene.topic());
  }

  private static List<String> bodies(Wire.Frame pulled) {
    Map<String, String> fields = Flattened.of(pulled);
    return fields.entrySet().stream()
        .filter(field -> field.getKey().matches("message\\[\\d+]\\.body"))
        .map(Map.Entry::getValue)
        .toList();
  }

  private static String field(String name, String value) {
    return "\"" + name + "\":\"" + value + "\"";
  }

  private static String number(String name, long value, boolean bare) {
    return "\"" + name + "\":" + (bare ? value : "\"" + value + "\"");
  }
}
