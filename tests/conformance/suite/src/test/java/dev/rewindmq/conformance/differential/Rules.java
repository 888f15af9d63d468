package dev.rewindmq.conformance.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * What may differ between two servers' answers: volatile values, which are replaced before the
 * comparison, and differences that are allowed one by one. A line of either list is {@code STEP |
 * FIELD | REASON}, where the first two are regular expressions for the whole name; a field's name
 * ends in {@code =absent} where ours has no such field, and in {@code =extra} where only ours has
 * it.
 */
final class Rules {
  private record Rule(Pattern step, Pattern field, String line) {
    boolean matches(String stepName, String fieldName) {
      return step.matcher(stepName).matches() && field.matcher(fieldName).matches();
    }
  }

  private final List<Rule> volatileFields;
  private final List<Rule> allowed;
  private final Set<String> used = new TreeSet<>();

  Rules(String volatileResource, String allowedResource) {
    volatileFields = read(volatileResource);
    allowed = read(allowedResource);
  }

  /** Every difference that is not allowed, and every rule that allows what does not occur. */
  List<String> compare(
      Map<String, Map<String, String>> theirs, Map<String, Map<String, String>> ours) {
    List<String> differences = new ArrayList<>();
    theirs.forEach(
        (step, answer) -> {
          Map<String, String> left = normalised(step, answer);
          Map<String, String> right = normalised(step, ours.get(step));
          Set<String> names = new TreeSet<>(left.keySet());
          names.addAll(right.keySet());
          for (String name : names) {
            String wanted = left.getOrDefault(name, "(absent)");
            String got = right.getOrDefault(name, "(absent)");
            String kind =
                !right.containsKey(name) ? "=absent" : !left.containsKey(name) ? "=extra" : "";
            if (!wanted.equals(got) && !isAllowed(step, name + kind)) {
              differences.add(step + " | " + name + " | apache: " + wanted + " | ours: " + got);
            }
          }
        });
    allowed.stream()
        .map(Rule::line)
        .filter(line -> !used.contains(line))
        .forEach(line -> differences.add("allowed, but no longer so: " + line));
    return differences;
  }

  private Map<String, String> normalised(String step, Map<String, String> answer) {
    Map<String, String> result = new TreeMap<>();
    answer.forEach(
        (name, value) -> {
          boolean changes = volatileFields.stream().anyMatch(rule -> rule.matches(step, name));
          result.put(withoutAddresses(name), changes ? "*" : withoutAddresses(value));
        });
    return result;
  }

  /** Ports are free ones, the program's own or the kernel's, and so differ in every run. */
  private static String withoutAddresses(String text) {
    return text.replaceAll("127\\.0\\.0\\.1:\\d{2,5}", "127.0.0.1:PORT");
  }

  private boolean isAllowed(String step, String field) {
    boolean found = false;
    for (Rule rule : allowed) {
      if (rule.matches(step, field)) {
        used.add(rule.line());
        found = true;
      }
    }
    return found;
  }

  private static List<Rule> read(String resource) {
    List<Rule> rules = new ArrayList<>();
    for (String line : Step.lines(resource)) {
      if (line.isBlank() || line.startsWith("#")) {
        continue;
      }
      String[] parts = line.split(" \\| ");
      if (parts.length != 3 || parts[2].isBlank()) {
        throw new IllegalArgumentException(resource + ": not STEP | FIELD | REASON: " + line);
      }
      rules.add(
          new Rule(Pattern.compile(parts[0].trim()), Pattern.compile(parts[1].trim()), line));
    }
    return rules;
  }
}
