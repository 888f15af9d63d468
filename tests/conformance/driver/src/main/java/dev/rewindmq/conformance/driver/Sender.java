package dev.rewindmq.conformance.driver;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.client.producer.SendCallback;
import org.apache.rocketmq.client.producer.SendResult;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageQueue;
import org.apache.rocketmq.remoting.exception.RemotingException;

/**
 * The four ways of sending. A failed sending is repeated until it is acknowledged or the deadline
 * has passed.
 */
final class Sender {
  static final int ANY_QUEUE = -1;
  private static final int ASYNC_IN_FLIGHT = 256;

  private final DefaultMQProducer producer;
  private final Acknowledgements acks;
  private final Deadline deadline;
  private final int queueId;

  Sender(DefaultMQProducer producer, Acknowledgements acks, Deadline deadline, int queueId) {
    this.producer = producer;
    this.acks = acks;
    this.deadline = deadline;
    this.queueId = queueId;
  }

  boolean sendEach(List<Message> messages) throws InterruptedException {
    for (Message message : messages) {
      if (!persist(() -> acks.add(message, sendOne(message)))) {
        return false;
      }
    }
    return true;
  }

  boolean sendBatches(List<Message> messages, int batchSize) throws InterruptedException {
    for (int from = 0; from < messages.size(); from += batchSize) {
      List<Message> batch = messages.subList(from, Math.min(from + batchSize, messages.size()));
      if (!persist(() -> acks.addBatch(batch, stored(producer.send(batch))))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Counts what was handed over: nothing is acknowledged to a one-way sender. A client that stops
   * drops what it has not written yet, so each queue's broker is asked something at the end over
   * the same connection.
   */
  boolean sendOneway(List<Message> messages) throws InterruptedException {
    for (Message message : messages) {
      boolean sent =
          persist(
              () -> {
                producer.sendOneway(message);
                acks.addOneway();
              });
      if (!sent) {
        return false;
      }
    }
    return persist(
        () -> {
          for (MessageQueue queue :
              producer.fetchPublishMessageQueues(messages.get(0).getTopic())) {
            producer.maxOffset(queue);
          }
        });
  }

  boolean sendAsync(List<Message> messages) throws InterruptedException {
    Semaphore inFlight = new Semaphore(ASYNC_IN_FLIGHT);
    CountDownLatch left = new CountDownLatch(messages.size());
    for (Message message : messages) {
      if (!inFlight.tryAcquire(deadline.leftMs(), TimeUnit.MILLISECONDS)) {
        return false;
      }
      sendAsync(message, inFlight, left);
    }
    return left.await(deadline.leftMs(), TimeUnit.MILLISECONDS);
  }

  private void sendAsync(Message message, Semaphore inFlight, CountDownLatch left) {
    SendCallback callback =
        new SendCallback() {
          @Override
          public void onSuccess(SendResult result) {
            acks.add(message, result);
            inFlight.release();
            left.countDown();
          }

          @Override
          public void onException(Throwable cause) {
            if (deadline.passed()) {
              return;
            }
            acks.addRetry(cause);
            sendAsync(message, inFlight, left);
          }
        };
    try {
      producer.send(message, callback);
    } catch (MQClientException | RemotingException | IllegalStateException e) {
      callback.onException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private SendResult sendOne(Message message)
      throws MQClientException, RemotingException, MQBrokerException, InterruptedException {
    if (queueId == ANY_QUEUE) {
      return stored(producer.send(message));
    }
    return stored(
        producer.send(message, (queues, unused, id) -> withId(queues, (Integer) id), queueId));
  }

  private static MessageQueue withId(List<MessageQueue> queues, int id) {
    return queues.stream()
        .filter(queue -> queue.getQueueId() == id)
        .findFirst()
        .orElseThrow(() -> new UsageException("the topic has no queue " + id));
  }

  /** Anything but SEND_OK (a flush that timed out, no replica) is no acknowledgement. */
  private static SendResult stored(SendResult result) throws MQClientException {
    if (result.getSendStatus() != SendStatus.SEND_OK) {
      throw new MQClientException("not acknowledged: " + result.getSendStatus(), null);
    }
    return result;
  }

  private boolean persist(Persistence.Attempt attempt) throws InterruptedException {
    return Persistence.persist(deadline, acks::addRetry, attempt);
  }
}
