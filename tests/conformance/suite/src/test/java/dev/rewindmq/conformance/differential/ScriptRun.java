package dev.rewindmq.conformance.differential;

import dev.rewindmq.conformance.harness.Cluster;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32;

/** Gives the script to one pair of servers, and collects the answers as fields. */
final class ScriptRun {
  private static final Pattern PLACEHOLDER = Pattern.compile("\\$\\{([^}]+)}");
  private static final Pattern REPEATED = Pattern.compile("(.)\\*(\\d+)");
  private static final int BATCH_SIZE = 3;
  private static final long HOUR_MS = 3_600_000;

  private final Cluster cluster;
  private final Map<String, Wire> wires = new HashMap<>();
  private final Map<String, Map<String, String>> answers = new LinkedHashMap<>();
  private final long nowMs = System.currentTimeMillis();
  private int opaque = 1000;

  private ScriptRun(Cluster cluster) {
    this.cluster = cluster;
  }

  /** The answers by the steps' names; one that did not come is a field of its own. */
  static Map<String, Map<String, String>> of(List<Step> steps, Cluster cluster)
      throws IOException, InterruptedException {
    ScriptRun run = new ScriptRun(cluster);
    try {
      for (Step step : steps) {
        if (run.answers.put(step.name(), run.answer(step)) != null) {
          throw new IllegalArgumentException("two steps are named " + step.name());
        }
      }
    } finally {
      for (Wire wire : run.wires.values()) {
        wire.close();
      }
    }
    return run.answers;
  }

  private Map<String, String> answer(Step step) throws IOException, InterruptedException {
    Thread.sleep(Long.parseLong(step.options().getOrDefault("pause", "0")));
    String connection = step.server() + "/" + step.options().getOrDefault("on", "");
    try {
      if (!wires.containsKey(connection)) {
        wires.put(connection, new Wire("127.0.0.1", port(step.server())));
      }
      Wire.Frame frame = wires.get(connection).ask(header(step), opaque++, body(step));
      Map<String, String> fields = Flattened.of(frame);
      String id = frame.ext().get("msgId");
      if (id != null && id.matches("[0-9A-F]{32}")) {
        fields.put("logOffset", Long.toString(Long.parseLong(id.substring(16), 16)));
      }
      return fields;
    } catch (IOException e) {
      Wire broken = wires.remove(connection);
      if (broken != null) {
        broken.close();
      }
      return new TreeMap<>(Map.of("code", "none: " + e.getClass().getSimpleName()));
    }
  }

  private int port(String server) {
    return switch (server) {
      case "nameserver" -> cluster.nameserverPort();
      case "broker" -> cluster.brokerPort();
      case "broker-vip" -> cluster.brokerPort() - 2;
      default -> throw new IllegalArgumentException("no server " + server);
    };
  }

  private String header(Step step) {
    boolean numbers = step.options().containsKey("numbers");
    StringBuilder ext = new StringBuilder();
    step.ext()
        .forEach(
            (name, value) -> {
              String resolved = resolve(value);
              boolean bare = numbers && resolved.matches("-?\\d+|true|false");
              ext.append(ext.isEmpty() ? "" : ",").append(quote(name)).append(':');
              ext.append(bare ? resolved : quote(resolved));
            });
    return String.format(
        "{\"code\":%d,\"extFields\":{%s},\"flag\":0,\"language\":\"%s\",\"opaque\":%d,"
            + "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":%s}",
        step.code(),
        ext,
        step.options().getOrDefault("language", "JAVA"),
        opaque,
        step.options().getOrDefault("version", "513"));
  }

  private byte[] body(Step step) throws IOException {
    return step.body().equals("${batch}")
        ? batch()
        : resolve(step.body()).getBytes(StandardCharsets.UTF_8);
  }

  private String resolve(String text) {
    return PLACEHOLDER
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(value(found.group(1))));
  }

  private String value(String name) {
    Matcher repeated = REPEATED.matcher(name);
    if (repeated.matches()) {
      return repeated.group(1).repeat(Integer.parseInt(repeated.group(2)));
    }
    return switch (name) {
      case "now" -> Long.toString(nowMs);
      case "later" -> Long.toString(nowMs + HOUR_MS);
      default -> {
        int dot = name.indexOf('.');
        yield answers.get(name.substring(0, dot)).getOrDefault(name.substring(dot + 1), "absent");
      }
    };
  }

  private static String quote(String text) {
    StringBuilder out = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < ' ') {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    return out.append('"').toString();
  }

  private static byte[] batch() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    for (int i = 0; i < BATCH_SIZE; i++) {
      byte[] body = ("batched " + i).getBytes(StandardCharsets.UTF_8);
      byte[] properties =
          ("KEYS\1B" + i + "\2UNIQ_KEY\1UB" + i + "\2").getBytes(StandardCharsets.UTF_8);
      CRC32 crc = new CRC32();
      crc.update(body);
      out.writeInt(22 + body.length + properties.length);
      out.writeInt(0);
      out.writeInt((int) crc.getValue());
      out.writeInt(0);
      out.writeInt(body.length);
      out.write(body);
      out.writeShort(properties.length);
      out.write(properties);
    }
    return bytes.toByteArray();
  }
}
