package dev.rewindmq.conformance.differential;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.rewindmq.conformance.harness.Cluster;
import dev.rewindmq.conformance.harness.ServerKind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The same requests to Apache's servers and to ours: the answers are equal, field by field, but for
 * what {@code volatile.txt} says changes in every run and what {@code allowed-VERSION.txt} allows,
 * each with its reason.
 */
final class DifferentialTest {
  private static final Map<String, String> SETTINGS =
      Map.of(
          "enablePropertyFilter",
          "true",
          "recallMessageEnable",
          "true",
          // The half message of the script is not asked about while the script runs.
          "transactionTimeOut",
          "600000");

  @ParameterizedTest
  @EnumSource(
      value = ServerKind.class,
      names = {"APACHE_5_5_0"})
  void answersAreThoseOfApache(ServerKind apache) throws Exception {
    assumeFalse(ServerKind.current().isApache(), "compares with Apache's already");
    List<Step> script = Step.script("script.txt");
    Map<String, Map<String, String>> theirs = run(apache, script);
    Map<String, Map<String, String>> ours = run(ServerKind.REWIND, script);

    List<String> differences =
        new Rules("volatile.txt", "allowed-" + apache + ".txt").compare(theirs, ours);

    assertTrue(
        differences.isEmpty(),
        () -> differences.size() + " differences:\n" + String.join("\n", differences));
  }

  private static Map<String, Map<String, String>> run(ServerKind kind, List<Step> script)
      throws Exception {
    try (Cluster cluster = Cluster.start(kind, SETTINGS, Map.of())) {
      return ScriptRun.of(script, cluster);
    }
  }
}
