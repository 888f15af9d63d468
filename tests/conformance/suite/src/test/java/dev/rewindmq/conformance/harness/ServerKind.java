package dev.rewindmq.conformance.harness;

import java.util.Arrays;

/** Whose servers the suite runs against; chosen by {@code -Dserver=...}. */
public enum ServerKind {
  REWIND("rewind"),
  APACHE_4_2_0("apache-4.2.0"),
  APACHE_4_9_7("apache-4.9.7"),
  APACHE_5_5_0("apache-5.5.0");

  private final String text;

  ServerKind(String text) {
    this.text = text;
  }

  public static ServerKind current() {
    String wanted = System.getProperty("server", REWIND.text);
    return Arrays.stream(values())
        .filter(kind -> kind.text.equals(wanted))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "-Dserver=" + wanted + ": must be one of " + Arrays.toString(values())));
  }

  public boolean isApache() {
    return this != REWIND;
  }

  /** The client of the same time: it knows what these servers can do, and no more. */
  public ClientVersion client() {
    return switch (this) {
      case APACHE_4_2_0 -> ClientVersion.V4_2_0;
      case APACHE_4_9_7 -> ClientVersion.V4_9_8;
      case APACHE_5_5_0, REWIND -> ClientVersion.V5_5_0;
    };
  }

  @Override
  public String toString() {
    return text;
  }
}
