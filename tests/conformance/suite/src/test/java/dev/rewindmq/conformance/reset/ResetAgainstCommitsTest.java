package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.rewindmq.conformance.harness.ClientVersion;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import dev.rewindmq.conformance.harness.SharedCluster;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Somebody commits old offsets all the while, by code 15 and with pulls: the reset holds. */
@ExtendWith(SharedCluster.class)
final class ResetAgainstCommitsTest {
  private static final int RUN = 2;
  private static final int COMMITS_SEEN = 50;
  private static final long QUIET_MS = 1_500;

  @BeforeAll
  static void brokerHoldsOffsets() {
    assumeTrue(
        ServerKind.current() == ServerKind.REWIND,
        "4.x takes any commit; 5.x lets a reset go as soon as anybody has pulled");
  }

  @Test
  void whileTheConsumersAreOnline(Scene scene) throws Exception {
    Runs runs = Runs.of(scene);
    Set<Message> wanted = runs.from(RUN);
    Groups groups = everyVersion(scene, runs);
    groups.startAndConsumeAll();
    try (OldCommits commits = new OldCommits(scene.brokerPort(), groups.all())) {
      commits.await(COMMITS_SEEN);

      groups.each(group -> group.reset(RUN));

      groups.each(group -> group.awaitAgain(wanted));
      Thread.sleep(QUIET_MS);
      groups.each(group -> group.assertExactly(wanted));
    }
    groups.each(group -> group.awaitCommitted(Runs.OF_A_QUEUE));
    groups.each(Group::leave);
  }

  @Test
  void whileNobodyIsOnline(Scene scene) throws Exception {
    Runs runs = Runs.of(scene);
    Set<Message> wanted = runs.from(RUN);
    Groups groups = everyVersion(scene, runs);
    groups.startAndConsumeAll();
    groups.each(Group::leave);
    groups.each(Group::forget);
    long target = Runs.OF_A_QUEUE - wanted.size() / Runs.QUEUES;
    try (OldCommits commits = new OldCommits(scene.brokerPort(), groups.all())) {
      groups.each(group -> group.reset(RUN));
      commits.await(COMMITS_SEEN);
      groups.each(
          group ->
              assertEquals(Collections.nCopies(Runs.QUEUES, target), group.committed()));
      assertTrue(commits.moved() > 0, "a pull from the old offset was never answered 21");

      groups.each(Group::start);
      groups.each(Group::awaitStarted);

      groups.each(group -> group.awaitAgain(wanted));
      Thread.sleep(QUIET_MS);
      groups.each(group -> group.assertExactly(wanted));
    }
    groups.each(Group::leave);
  }

  private static Groups everyVersion(Scene scene, Runs runs) {
    return new Groups(
        Arrays.stream(ClientVersion.values())
            .map(version -> new Group(scene, runs, Shape.concurrent(version)))
            .toList());
  }

  /** Commits the ends of all queues of some groups on connections of its own, without end. */
  private static final class OldCommits implements AutoCloseable {
    private final AtomicBoolean stopped = new AtomicBoolean();
    private final AtomicInteger rounds = new AtomicInteger();
    private final AtomicInteger moved = new AtomicInteger();
    private final CompletableFuture<Void> loop;

    OldCommits(int brokerPort, List<Group> groups) {
      loop = CompletableFuture.runAsync(() -> run(brokerPort, groups), task -> start(task));
    }

    int moved() {
      return moved.get();
    }

    /** Waits until everything has been committed so often again. */
    void await(int more) throws InterruptedException {
      int wanted = rounds.get() + more;
      while (rounds.get() < wanted) {
        if (loop.isDone()) {
          loop.join();
        }
        Thread.sleep(5);
      }
    }

    @Override
    public void close() {
      stopped.set(true);
      loop.join();
    }

    private static void start(Runnable task) {
      Thread thread = new Thread(task, "old commits");
      thread.setDaemon(true);
      thread.start();
    }

    private void run(int brokerPort, List<Group> groups) {
      try (RawClient raw = new RawClient(brokerPort)) {
        while (!stopped.get()) {
          for (Group group : groups) {
            for (int queue = 0; queue < Runs.QUEUES; queue++) {
              commit(raw, group, queue);
            }
          }
          rounds.incrementAndGet();
        }
      } catch (Exception e) {
        throw new IllegalStateException("the commits broke off", e);
      }
    }

    private void commit(RawClient raw, Group group, int queue) throws Exception {
      int end = Runs.OF_A_QUEUE;
      assertEquals(
          RawClient.SUCCESS, raw.commit(group.name(), group.topic(), queue, end).code());
      if (raw.pull(group.name(), group.topic(), queue, end).code()
          == RawClient.PULL_OFFSET_MOVED) {
        moved.incrementAndGet();
      }
    }
  }
}
