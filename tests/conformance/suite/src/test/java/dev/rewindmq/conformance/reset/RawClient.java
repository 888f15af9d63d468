package dev.rewindmq.conformance.reset;

import dev.rewindmq.conformance.differential.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A connection to the broker that claims a language and a version. For one thread. */
final class RawClient implements AutoCloseable {
  static final int SUCCESS = 0;
  static final int PULL_OFFSET_MOVED = 21;
  private static final int PULL = 11;
  private static final int QUERY_OFFSET = 14;
  private static final int COMMIT_OFFSET = 15;
  private static final int HEARTBEAT = 34;
  private static final int RESET = 222;
  private static final int VERSION_4_9_7 = 399;

  /** Commit this offset with the pull, and do not wait; the subscription is in the request. */
  private static final int COMMIT_WITH_PULL = 1 | 4;

  /** Both forms: the queue is a key, or one of an object's fields. */
  private static final Pattern OBJECT = Pattern.compile("\\{([^{}]*)}(?::(\\d+))?");
  private static final Pattern QUEUE = Pattern.compile("\"queueId\":(\\d+)");
  private static final Pattern OFFSET = Pattern.compile("\"offset\":(\\d+)");

  private final Wire wire;
  private final String language;
  private final int version;
  private int opaque;

  RawClient(int brokerPort) throws IOException {
    this(brokerPort, "JAVA", VERSION_4_9_7);
  }

  RawClient(int brokerPort, String language, int version) throws IOException {
    wire = new Wire("127.0.0.1", brokerPort);
    this.language = language;
    this.version = version;
  }

  /** What the broker said to a reset, and when. */
  record Reset(int code, String remark, Map<Integer, Long> targets, long answeredMs) {}

  Reset reset(String group, String topic, long timeMs) throws IOException {
    Wire.Frame answer =
        ask(RESET, Map.of("group", group, "topic", topic, "timestamp", timeMs, "isForce", true));
    long answeredMs = System.currentTimeMillis();
    Map<Integer, Long> targets = new TreeMap<>();
    Matcher object = OBJECT.matcher(answer.text());
    while (object.find()) {
      Matcher queue = QUEUE.matcher(object.group(1));
      Matcher offset = OFFSET.matcher(object.group(1));
      if (queue.find() && (object.group(2) != null || offset.find())) {
        String target = object.group(2) != null ? object.group(2) : offset.group(1);
        targets.put(Integer.valueOf(queue.group(1)), Long.valueOf(target));
      }
    }
    return new Reset(answer.code(), answer.remark(), targets, answeredMs);
  }

  /** The group's committed offset, or -1 when there is none. */
  long committed(String group, String topic, int queue) throws IOException {
    Wire.Frame answer = ask(QUERY_OFFSET, queue(group, topic, queue));
    String offset = answer.ext().get("offset");
    return answer.code() != SUCCESS || offset == null ? -1 : Long.parseLong(offset);
  }

  Wire.Frame commit(String group, String topic, int queue, long offset) throws IOException {
    Map<String, Object> fields = new TreeMap<>(queue(group, topic, queue));
    fields.put("commitOffset", offset);
    return ask(COMMIT_OFFSET, fields);
  }

  /** Pulls from an offset and commits the same with it. */
  Wire.Frame pull(String group, String topic, int queue, long offset) throws IOException {
    Map<String, Object> fields = new TreeMap<>(queue(group, topic, queue));
    fields.put("queueOffset", offset);
    fields.put("maxMsgNums", 32);
    fields.put("sysFlag", COMMIT_WITH_PULL);
    fields.put("commitOffset", offset);
    fields.put("suspendTimeoutMillis", 0);
    fields.put("subscription", "*");
    fields.put("subVersion", 0);
    fields.put("expressionType", "TAG");
    return ask(PULL, fields);
  }

  Wire.Frame heartbeat(String clientId, String group, String topic) throws IOException {
    String body =
        String.format(
            "{\"clientID\":\"%s\",\"producerDataSet\":[],\"consumerDataSet\":[{\"groupName\":"
                + "\"%s\",\"consumeType\":\"CONSUME_PASSIVELY\",\"messageModel\":\"CLUSTERING\","
                + "\"consumeFromWhere\":\"CONSUME_FROM_FIRST_OFFSET\",\"subscriptionDataSet\":["
                + "{\"classFilterMode\":false,\"topic\":\"%s\",\"subString\":\"*\",\"tagsSet\":[],"
                + "\"codeSet\":[],\"subVersion\":1,\"expressionType\":\"TAG\"}],"
                + "\"unitMode\":false}]}",
            clientId, group, topic);
    return ask(HEARTBEAT, Map.of(), body.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public void close() throws IOException {
    wire.close();
  }

  private static Map<String, Object> queue(String group, String topic, int queue) {
    return Map.of("consumerGroup", group, "topic", topic, "queueId", queue);
  }

  private Wire.Frame ask(int code, Map<String, ?> fields) throws IOException {
    return ask(code, fields, new byte[0]);
  }

  private Wire.Frame ask(int code, Map<String, ?> fields, byte[] body) throws IOException {
    String ext =
        fields.entrySet().stream()
            .map(one -> "\"" + one.getKey() + "\":\"" + one.getValue() + "\"")
            .collect(Collectors.joining(","));
    String header =
        String.format(
            "{\"code\":%d,\"flag\":0,\"language\":\"%s\",\"opaque\":%d,"
                + "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":%d,\"extFields\":{%s}}",
            code, language, ++opaque, version, ext);
    return wire.ask(header, opaque, body);
  }
}
