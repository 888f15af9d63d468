package dev.rewindmq.conformance.driver;

import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.common.message.Message;

/**
 * Sends a request and waits for its reply (since 4.6). A broker can hand a reply only to a producer
 * whose heartbeat has come, and clients of one process send theirs in turn: {@code attempts} says
 * how often a request is sent that nobody answered.
 */
final class Asking implements Ability {
  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    for (int left = request.number("attempts", 1); left > 0; left--) {
      try {
        Message reply =
            clients.producer().request(PeerSender.message(request), request.number("ms", 10_000));
        request.answer("REPLY", "body", PeerConsumer.text(reply.getBody()));
        return;
      } catch (RequestTimeoutException e) {
        System.err.println("no reply: " + e);
      }
    }
    request.answer("NO-REPLY");
  }
}
