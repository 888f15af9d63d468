package dev.rewindmq.conformance.differential;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One request of the script. A step is a paragraph of {@code script.txt}:
 *
 * <pre>
 * == NAME
 * broker|broker-vip|nameserver CODE [version=N] [language=L] [flag=N] [on=CONNECTION]
 * ext NAME=VALUE ...
 * body TEXT
 * </pre>
 *
 * <p>In values a blank is written \s, and the characters 1 and 2 that separate properties \1 and
 * \2. {@code ${...}} stands for what only the run knows, or for a field of an earlier answer.
 */
record Step(
    String name,
    String server,
    int code,
    Map<String, String> options,
    Map<String, String> ext,
    String body) {

  static List<Step> script(String resource) {
    List<Step> steps = new ArrayList<>();
    List<String> paragraph = new ArrayList<>();
    for (String line : lines(resource)) {
      if (line.startsWith("== ") && !paragraph.isEmpty()) {
        steps.add(parse(paragraph));
        paragraph.clear();
      }
      if (!line.isBlank() && !line.startsWith("#")) {
        paragraph.add(line);
      }
    }
    steps.add(parse(paragraph));
    return steps;
  }

  static List<String> lines(String resource) {
    try (InputStream in = Step.class.getResourceAsStream("/differential/" + resource)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Step parse(List<String> lines) {
    String[] target = lines.get(1).split("\\s+");
    Map<String, String> options = pairs(target, 2);
    Map<String, String> ext = new LinkedHashMap<>();
    StringBuilder body = new StringBuilder();
    for (String line : lines.subList(2, lines.size())) {
      if (line.startsWith("ext ")) {
        ext.putAll(pairs(line.split("\\s+"), 1));
      } else if (line.startsWith("body ")) {
        body.append(unescape(line.substring("body ".length())));
      } else {
        throw new IllegalArgumentException("not part of a step: " + line);
      }
    }
    return new Step(
        lines.get(0).substring("== ".length()),
        target[0],
        Integer.parseInt(target[1]),
        options,
        ext,
        body.toString());
  }

  private static Map<String, String> pairs(String[] words, int from) {
    Map<String, String> pairs = new LinkedHashMap<>();
    for (int i = from; i < words.length; i++) {
      String[] pair = words[i].split("=", 2);
      pairs.put(pair[0], unescape(pair[1]));
    }
    return pairs;
  }

  private static String unescape(String text) {
    return text.replace("\\s", " ").replace("\\1", "\1").replace("\\2", "\2").replace("\\n", "\n");
  }
}
