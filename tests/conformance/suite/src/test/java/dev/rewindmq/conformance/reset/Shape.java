package dev.rewindmq.conformance.reset;

import static dev.rewindmq.conformance.harness.ClientVersion.V4_2_0;
import static dev.rewindmq.conformance.harness.ClientVersion.V4_9_8;
import static dev.rewindmq.conformance.harness.ClientVersion.V5_5_0;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.ServerKind;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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

  /** So many members of each version, and all versions in one group where that can be reset. */
  static Stream<List<ClientVersion>> everyVersion(int count) {
    return Stream.concat(
        Arrays.stream(ClientVersion.values()).map(version -> members(version, count)),
        isMixedReset() ? Stream.of(MIXED) : Stream.of());
  }

  /**
   * Apache's 5.5.0 lets a reset go at the first pull, and while a 4.x member sleeps its old offset
   * is committed over it: half of a mixed group's messages never come (apache/rocketmq#4742).
   */
  static boolean isMixedReset() {
    return ServerKind.current() != ServerKind.APACHE_5_5_0;
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
