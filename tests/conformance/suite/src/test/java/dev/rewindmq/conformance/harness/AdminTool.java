package dev.rewindmq.conformance.harness;

import java.util.Arrays;
import java.util.stream.Stream;

/** The command line tools which reset offsets: the official mqadmin and our own rewindctl. */
public enum AdminTool {
  MQADMIN_4_2_0("mqadmin 4.2.0"),
  MQADMIN_5_5_0("mqadmin 5.5.0"),
  REWINDCTL("rewindctl");

  private final String text;

  AdminTool(String text) {
    this.text = text;
  }

  /** rewindctl is proved together with our servers; a run against Apache's proves the tests. */
  public static Stream<AdminTool> all() {
    return Arrays.stream(values())
        .filter(tool -> tool != REWINDCTL || !ServerKind.current().isApache());
  }

  /** mqadmin prints a stack trace and still exits with 0. */
  public int exitCodeOfFailure() {
    return this == REWINDCTL ? 1 : 0;
  }

  String version() {
    return text.substring(text.indexOf(' ') + 1);
  }

  @Override
  public String toString() {
    return text;
  }
}
