package dev.rewindmq.conformance.driver;

import java.util.List;
import java.util.stream.Stream;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.consumer.store.OffsetStore;
import org.apache.rocketmq.client.consumer.store.ReadOffsetType;
import org.apache.rocketmq.common.message.MessageQueue;

/** The queues of a topic that a push consumer owns now, and how far it has come in each. */
record OwnedQueues(DefaultMQPushConsumer consumer, String topic) {
  private static final int POLL_MS = 20;

  List<Integer> ids() {
    return all().map(MessageQueue::getQueueId).sorted().toList();
  }

  /** The client does not announce a rebalance, hence the polling. */
  boolean awaitCount(int queues, Deadline deadline) throws InterruptedException {
    while (ids().size() != queues) {
      if (deadline.passed()) {
        return false;
      }
      Thread.sleep(POLL_MS);
    }
    return true;
  }

  /** Waits until each queue is consumed up to this offset. */
  boolean awaitConsumed(long offset, Deadline deadline) throws InterruptedException {
    while (!all().allMatch(queue -> read(queue, ReadOffsetType.READ_FROM_MEMORY) >= offset)) {
      if (deadline.passed()) {
        return false;
      }
      Thread.sleep(POLL_MS);
    }
    return true;
  }

  /** The client commits every few seconds, one-way; this does so now and asks what arrived. */
  boolean commit(Deadline deadline) throws InterruptedException {
    consumer.getDefaultMQPushConsumerImpl().persistConsumerOffset();
    while (!isCommitted()) {
      if (deadline.passed()) {
        return false;
      }
      Thread.sleep(POLL_MS);
    }
    return true;
  }

  private boolean isCommitted() {
    return all()
        .allMatch(
            queue ->
                read(queue, ReadOffsetType.READ_FROM_STORE)
                    == read(queue, ReadOffsetType.READ_FROM_MEMORY));
  }

  private long read(MessageQueue queue, ReadOffsetType from) {
    OffsetStore offsets = consumer.getDefaultMQPushConsumerImpl().getOffsetStore();
    return offsets.readOffset(queue, from);
  }

  private Stream<MessageQueue> all() {
    return consumer
        .getDefaultMQPushConsumerImpl()
        .getRebalanceImpl()
        .getProcessQueueTable()
        .keySet()
        .stream()
        .filter(queue -> queue.getTopic().equals(topic));
  }
}
