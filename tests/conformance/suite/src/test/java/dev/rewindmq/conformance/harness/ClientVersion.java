package dev.rewindmq.conformance.harness;

/** The official Java clients which must work unmodified. */
public enum ClientVersion {
  V4_2_0("4.2.0"),
  V4_9_8("4.9.8"),
  V5_5_0("5.5.0");

  private final String text;

  ClientVersion(String text) {
    this.text = text;
  }

  /** Makes a version usable within a topic's or group's name, where dots are not allowed. */
  public String tag() {
    return text.replace('.', '_');
  }

  @Override
  public String toString() {
    return text;
  }
}
