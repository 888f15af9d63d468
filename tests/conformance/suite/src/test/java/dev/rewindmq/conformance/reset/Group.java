package dev.rewindmq.conformance.reset;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.rewindmq.conformance.harness.Peer;
import dev.rewindmq.conformance.harness.Scene;
import dev.rewindmq.conformance.harness.ServerKind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A group of push consumers in the shared client processes, and what each of them has been given.
 * Many groups go through a test's steps together, so that the clients' pauses pass at once: a step
 * is begun for all of them before it is awaited for the first.
 */
final class Group {
  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final Pattern NUMBER = Pattern.compile("\\d+");
  private static final int POLL_MS = 20;

  /** What a member was given, and when. */
  record Delivery(int member, Message message, long atMs) {}

  private record Member(String name, Peer peer, Peer.Call call) {}

  private final Scene scene;
  private final Runs runs;
  private final Shape shape;
  private final String nameserver;
  private final int pauseMs;
  private final String name = "Reset_" + NUMBERS.incrementAndGet();
  private final List<Member> members = new ArrayList<>();
  private final List<Delivery> deliveries = new ArrayList<>();
  private long resetMs;

  Group(Scene scene, Runs runs, Shape shape) {
    this(scene, runs, shape, scene.nameserver());
  }

  /** The members find the servers by a nameserver of the test's choice, such as a relay. */
  Group(Scene scene, Runs runs, Shape shape, String nameserver) {
    this(scene, runs, shape, nameserver, 0);
  }

  /** Each message takes its consumer so long. */
  Group(Scene scene, Runs runs, Shape shape, String nameserver, int pauseMs) {
    this.scene = scene;
    this.runs = runs;
    this.shape = shape;
    this.nameserver = nameserver;
    this.pauseMs = pauseMs;
  }

  String name() {
    return name;
  }

  String topic() {
    return runs.topic();
  }

  Shape shape() {
    return shape;
  }

  /** Begins to start all members; {@link #awaitStarted} ends it. */
  void start() throws Exception {
    for (int i = 0; i < shape.members().size(); i++) {
      Peer peer = scene.peer(shape.members().get(i));
      List<Object> request = new ArrayList<>(List.of("topic", topic(), "group", name));
      // The name is the same at the next start: a broadcasting member finds its offsets by it.
      request.addAll(List.of("member", name + "_" + i, "namesrv", nameserver));
      request.addAll(List.of("pause-ms", pauseMs));
      if (shape.orderly()) {
        request.addAll(List.of("orderly", ""));
      }
      if (shape.broadcasting()) {
        request.addAll(List.of("broadcast", ""));
      }
      members.add(new Member(name + "_" + i, peer, peer.ask("join", request.toArray())));
    }
  }

  /** Waits until every member owns the queues that are its share. */
  void awaitStarted() throws Exception {
    for (Member member : members) {
      member.call().await("STARTED");
    }
    awaitAssigned(shape.broadcasting() ? 1 : members.size());
  }

  /** Waits until each member owns what falls to it among so many, and returns all of it. */
  List<Integer> awaitAssigned(int sharers) throws Exception {
    List<Integer> owned = new ArrayList<>();
    List<Peer.Call> calls = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      calls.add(ask(members.get(i), "assigned", "queues", Runs.QUEUES / sharers));
    }
    for (Peer.Call call : calls) {
      NUMBER
          .matcher(call.await("ASSIGNED").get("ids"))
          .results()
          .forEach(one -> owned.add(Integer.valueOf(one.group())));
    }
    return owned;
  }

  /** Waits until everything is consumed and committed, and forgets what was delivered for that. */
  void consumeAll() throws Exception {
    awaitAgain(runs.from(0));
    List<Peer.Call> calls = new ArrayList<>();
    for (Member member : members) {
      calls.add(ask(member, "commit", "to", Runs.OF_A_QUEUE));
    }
    for (Peer.Call call : calls) {
      call.await("COMMITTED");
    }
    forget();
  }

  /** Waits until this has come again: to the group, or if it is broadcasting to every member. */
  void awaitAgain(Set<Message> wanted) throws Exception {
    awaitAgain(wanted, Scene.PATIENCE);
  }

  void awaitAgain(Set<Message> wanted, Duration patience) throws Exception {
    Predicate<List<Delivery>> done =
        all ->
            shape.broadcasting()
                ? members.stream().allMatch(one -> messages(all, one).containsAll(wanted))
                : messages(all).containsAll(wanted);
    long deadline = System.nanoTime() + patience.toNanos();
    while (!done.test(deliveries())) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(this + ": " + difference(wanted) + scene.logsAbout(name));
      }
      Thread.sleep(POLL_MS);
    }
  }

  /** Exactly this has come, each message once, or if it is broadcasting once to every member. */
  void assertExactly(Set<Message> wanted) throws Exception {
    int times = shape.broadcasting() ? members.size() : 1;
    assertExactly(wanted, times);
    List<Delivery> all = deliveries();
    assertEquals(wanted.size() * times, all.size(), () -> this + ": some came twice: " + all);
  }

  /** Exactly this has come, and none of it more often than is allowed. */
  void assertExactly(Set<Message> wanted, int times) throws Exception {
    List<Delivery> all = deliveries();
    if (shape.broadcasting()) {
      for (Member member : members) {
        assertEquals(wanted, messages(all, member), () -> this + " " + member.name());
      }
    }
    assertEquals(wanted, messages(all), this::toString);
    Map<Message, Integer> came = new HashMap<>();
    all.forEach(one -> came.merge(one.message(), 1, Integer::sum));
    came.forEach((message, count) -> assertTrue(count <= times, () -> this + ": " + came));
  }

  /** What the members were given since {@link #forget}. */
  synchronized List<Delivery> deliveries() throws Exception {
    for (int i = 0; i < members.size(); i++) {
      for (Peer.Answer answer : members.get(i).call().further(Duration.ZERO)) {
        deliveries.add(new Delivery(i, Message.of(answer), answer.number("at")));
      }
    }
    return List.copyOf(deliveries);
  }

  synchronized void forget() throws Exception {
    deliveries();
    deliveries.clear();
  }

  /** Sends 222 for a time before this run. */
  RawClient.Reset reset(int run) throws Exception {
    try (RawClient admin = new RawClient(scene.brokerPort())) {
      return reset(run, admin);
    }
  }

  RawClient.Reset reset(int run, RawClient admin) throws Exception {
    RawClient.Reset reset = admin.reset(name, topic(), runs.timeBefore(run));
    assertEquals(RawClient.SUCCESS, reset.code(), () -> this + ": " + reset);
    resetMs = reset.answeredMs();
    return reset;
  }

  /** When the latest reset was answered. */
  long resetMs() {
    return resetMs;
  }

  /** A line to quote: how long after the answer the first and the last message came. */
  void printFigure(String what) throws Exception {
    List<Delivery> all = deliveries();
    System.out.printf(
        "FIGURE %s %s: %s: %d messages, first %d ms, last %d ms after the answer to 222%n",
        what,
        ServerKind.current(),
        shape,
        all.size(),
        all.stream().mapToLong(Delivery::atMs).min().orElseThrow() - resetMs,
        all.stream().mapToLong(Delivery::atMs).max().orElseThrow() - resetMs);
  }

  /** Waits until the broker has this committed offset for every queue. */
  void awaitCommitted(long offset) throws Exception {
    long deadline = System.nanoTime() + Scene.PATIENCE.toNanos();
    while (!committed().stream().allMatch(one -> one == offset)) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(this + ": committed are " + committed() + ", not " + offset);
      }
      Thread.sleep(POLL_MS);
    }
  }

  List<Long> committed() throws Exception {
    List<Long> offsets = new ArrayList<>();
    try (RawClient asking = new RawClient(scene.brokerPort())) {
      for (int queue = 0; queue < Runs.QUEUES; queue++) {
        offsets.add(asking.committed(name, topic(), queue));
      }
    }
    return offsets;
  }

  /** All members leave in order; {@link #start} may follow. */
  void leave() throws Exception {
    List<Peer.Call> calls = new ArrayList<>();
    for (Member member : members) {
      calls.add(ask(member, "leave"));
    }
    for (Peer.Call call : calls) {
      call.await("LEFT");
    }
    deliveries();
    members.clear();
  }

  @Override
  public String toString() {
    return name + " of " + shape;
  }

  private Peer.Call ask(Member member, String verb, Object... more) {
    List<Object> request = new ArrayList<>(List.of("member", member.name(), "topic", topic()));
    request.addAll(List.of(more));
    return member.peer().ask(verb, request.toArray());
  }

  private Set<Message> messages(List<Delivery> all, Member member) {
    int index = members.indexOf(member);
    return messages(all.stream().filter(one -> one.member() == index).toList());
  }

  private static Set<Message> messages(List<Delivery> all) {
    return all.stream().map(Delivery::message).collect(Collectors.toSet());
  }

  private String difference(Set<Message> wanted) throws Exception {
    List<Delivery> all = deliveries();
    Set<Message> missing = new HashSet<>(wanted);
    missing.removeAll(messages(all));
    return missing.size() + " of " + wanted.size() + " have not come at all; to the members came "
        + members.stream().map(one -> messages(all, one).size()).toList() + "; committed are "
        + committed();
  }
}
