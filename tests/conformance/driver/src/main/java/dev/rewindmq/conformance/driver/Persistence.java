package dev.rewindmq.conformance.driver;

import java.util.function.Consumer;
import org.apache.rocketmq.client.exception.MQBrokerException;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.remoting.exception.RemotingException;

/** Repeats what fails while a server is away, until it succeeds or a deadline has passed. */
final class Persistence {
  private static final int RETRY_PAUSE_MS = 50;

  private Persistence() {}

  interface Attempt {
    void run() throws MQClientException, RemotingException, MQBrokerException, InterruptedException;
  }

  /**
   * False when time is up. Clients since 4.9 wrap a nameserver's time-out in an
   * IllegalStateException.
   */
  static boolean persist(Deadline deadline, Consumer<Exception> onFailure, Attempt attempt)
      throws InterruptedException {
    while (!deadline.passed()) {
      try {
        attempt.run();
        return true;
      } catch (MQClientException
          | RemotingException
          | MQBrokerException
          | IllegalStateException e) {
        onFailure.accept(e);
        Thread.sleep(RETRY_PAUSE_MS);
      }
    }
    return false;
  }
}
