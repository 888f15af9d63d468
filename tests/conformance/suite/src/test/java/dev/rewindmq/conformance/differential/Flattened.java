package dev.rewindmq.conformance.differential;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** An answer as fields with names, so that two answers can be compared one field at a time. */
final class Flattened {
  private Flattened() {}

  static Map<String, String> of(Wire.Frame frame) {
    Map<String, String> fields = new TreeMap<>();
    fields.put("code", Integer.toString(frame.code()));
    fields.put("remark", frame.remark());
    frame.ext().forEach((name, value) -> fields.put("ext." + name, value));
    body(frame, fields);
    return fields;
  }

  private static void body(Wire.Frame frame, Map<String, String> fields) {
    byte[] body = frame.body();
    if (body.length == 0) {
      return;
    }
    if (StoredMessages.isOne(body)) {
      StoredMessages.flatten(body, fields);
    } else if (body[0] == '{' || body[0] == '[') {
      flatten("body", Json.parse(frame.text()), fields);
    } else if (frame.text().contains("=")) {
      frame.text().lines().filter(line -> line.contains("=")).forEach(
          line -> {
            String[] pair = line.split("=", 2);
            fields.put("body." + pair[0], pair[1]);
          });
    } else {
      fields.put("body", frame.text());
    }
  }

  /** Lists whose order is a hash map's are compared without it: see {@link #sorted}. */
  private static void flatten(String path, Object value, Map<String, String> fields) {
    if (value instanceof Map<?, ?> map) {
      if (map.isEmpty()) {
        fields.put(path, "{}");
      }
      map.forEach((name, member) -> flatten(path + "." + name, member, fields));
    } else if (value instanceof List<?> list) {
      if (list.isEmpty()) {
        fields.put(path, "[]");
      }
      int i = 0;
      for (Object item : sorted(list)) {
        if (item instanceof String) {
          fields.merge(path + "{" + item + "}", "there", (before, one) -> before + " again");
        } else {
          flatten(path + "[" + i++ + "]", item, fields);
        }
      }
    } else {
      fields.put(path, String.valueOf(value));
    }
  }

  private static List<?> sorted(List<?> list) {
    Map<String, Object> byText = new TreeMap<>();
    int i = 0;
    for (Object item : list) {
      byText.put(sortedText(item) + "#" + i++, item);
    }
    return List.copyOf(byText.values());
  }

  private static String sortedText(Object item) {
    return item instanceof Map<?, ?> map
        ? new TreeMap<>(new LinkedHashMap<Object, Object>(map)).toString()
        : String.valueOf(item);
  }
}
