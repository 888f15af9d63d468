package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A topic of four queues with four runs of messages and pauses between them. Groups of their own
 * read it, so that the tests on the shared servers share it, too.
 */
record Runs(String topic, List<Stored> messages) {
  static final int COUNT = 4;
  static final int QUEUES = 4;
  static final int OF_A_QUEUE = 20;
  private static final int RUN = OF_A_QUEUE / COUNT;
  private static final long PAUSE_MS = 40;

  private static Runs shared;

  record Stored(Message message, int run, long storedMs) {}

  static Runs of(Scene scene) throws Exception {
    synchronized (Runs.class) {
      if (shared == null) {
        shared = fill(scene.peer(ServerKind.current().client()), scene.topic());
      }
      return shared;
    }
  }

  /** For a test with servers of its own. */
  static Runs fill(Peer peer, String topic) throws Exception {
    peer.create(topic, QUEUES);
    for (int run = 0; run < COUNT; run++) {
      List<Peer.Call> calls = new ArrayList<>();
      for (int i = 0; i < RUN * QUEUES; i++) {
        calls.add(peer.ask("send", "topic", topic, "key", "R" + run, "queue", i % QUEUES));
      }
      for (Peer.Call call : calls) {
        assertEquals("SEND_OK", call.await("SENT").get("status"));
      }
      // Store times of different runs differ by this much: up to 5.1.0 the nearest one is taken.
      Thread.sleep(PAUSE_MS);
    }
    List<Stored> messages =
        peer.ask("read", "topic", topic, "expect", OF_A_QUEUE * QUEUES)
            .messages(OF_A_QUEUE * QUEUES)
            .stream()
            .map(
                one ->
                    new Stored(
                        Message.of(one),
                        Integer.parseInt(one.get("key").substring(1)),
                        one.number("stored")))
            .toList();
    return new Runs(topic, messages);
  }

  /** The messages of this run and all after it. */
  Set<Message> from(int run) {
    return messages.stream()
        .filter(one -> one.run() >= run)
        .map(Stored::message)
        .collect(Collectors.toSet());
  }

  /** A time in the pause before a run, so near its first message that no other is nearer. */
  long timeBefore(int run) {
    return messages.stream()
            .filter(one -> one.run() == run)
            .mapToLong(Stored::storedMs)
            .min()
            .orElseThrow()
        - 1;
  }
}
