package dev.rewindmq.conformance.driver;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;

/**
 * Several push consumers of one group in one process, each with a connection and an id of its own,
 * as if it had a process of its own.
 */
final class PeerMembers {
  private static final int PATIENCE_MS = 60_000;
  private static final int THREADS = 4;

  private PeerMembers() {}

  /** Takes what {@code consume} takes, the member's name, and maybe another nameserver. */
  static void join(Request request, PeerClients clients) throws Exception {
    DefaultMQPushConsumer consumer = new DefaultMQPushConsumer(request.get("group"));
    consumer.setInstanceName(request.get("member"));
    consumer.setConsumeThreadMin(THREADS);
    consumer.setConsumeThreadMax(THREADS);
    PeerConsumer.configure(request, clients, consumer);
    clients.startMember(request.get("member"), consumer);
    request.answer("STARTED");
  }

  /** Waits until the member owns so many {@code queues}. */
  static void assigned(Request request, PeerClients clients) throws InterruptedException {
    OwnedQueues queues = queues(request, clients);
    int wanted = request.number("queues", 0);
    boolean done = queues.awaitCount(wanted, Deadline.inMs(PATIENCE_MS));
    request.answer(done ? "ASSIGNED" : "FAILED", "ids", queues.ids());
  }

  /** Waits until the member has consumed its queues up to offset {@code to}, and commits it. */
  static void commit(Request request, PeerClients clients) throws InterruptedException {
    OwnedQueues queues = queues(request, clients);
    Deadline deadline = Deadline.inMs(PATIENCE_MS);
    boolean done =
        queues.awaitConsumed(request.number("to", 0), deadline) && queues.commit(deadline);
    request.answer(done ? "COMMITTED" : "FAILED", "ids", queues.ids());
  }

  static void leave(Request request, PeerClients clients) {
    clients.stopMember(request.get("member"));
    request.answer("LEFT");
  }

  private static OwnedQueues queues(Request request, PeerClients clients) {
    return new OwnedQueues(clients.member(request.get("member")), request.get("topic"));
  }
}
