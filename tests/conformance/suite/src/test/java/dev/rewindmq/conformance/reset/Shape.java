package dev.rewindmq.conformance.reset;

import static dev.rewindmq.conformance.harness.ClientVersion.V4_2_0;
import static dev.rewindmq.conformance.harness.ClientVersion.V4_9_8;
import static dev.rewindmq.conformance.harness.ClientVersion.V5_5_0;

import dev.rewindmq.conformance.harness.ClientVersion;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** What a group is made of, and how it consumes. */
record Shape(List<ClientVersion> members, boolean orderly, boolean broadcasting) {
  static final List<ClientVersion> MIXED = List.of(V4_2_0, V4_9_8, V5_5_0, V4_2_0);

  static Shape concurrent(ClientVersion... members) {
    return new Shape(List.of(members), false, false);
  }

  static Shape orderly(ClientVersion... members) {
    return new Shape(List.of(members), true, false);
  }

  static List<ClientVersion> members(ClientVersion version, int count) {
    return Collections.nCopies(count, version);
  }

  /**
   * Until 5.x a member that consumes orderly locks its queues even when each of them shall have
   * all: one of several is given something, and with 4.2.0, which forgets the lock, none.
   */
  boolean isPossible() {
    boolean lockNothing = members.stream().allMatch(version -> version == V5_5_0);
    boolean locksForItself = members.equals(List.of(V4_9_8));
    return !orderly || !broadcasting || lockNothing || locksForItself;
  }

  @Override
  public String toString() {
    String versions =
        members.stream().map(ClientVersion::toString).distinct().collect(Collectors.joining("+"));
    return String.join(
        " ",
        Arrays.asList(
            members.size() + " x " + versions,
            orderly ? "orderly" : "concurrent",
            broadcasting ? "broadcasting" : "clustering"));
  }
}
