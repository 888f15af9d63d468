package dev.rewindmq.conformance.driver;

import org.apache.rocketmq.client.exception.RequestTimeoutException;
import org.apache.rocketmq.common.message.Message;

/** Sends a request and waits for its reply (since 4.6). */
final class Asking implements Ability {
  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    try {
      Message reply =
          clients.producer().request(PeerSender.message(request), request.number("ms", 10_000));
      request.answer("REPLY", "body", PeerConsumer.text(reply.getBody()));
    } catch (RequestTimeoutException e) {
      request.answer("NO-REPLY", "error", e);
    }
  }
}
