package dev.rewindmq.conformance.driver;

import java.util.List;
import org.apache.rocketmq.client.consumer.DefaultLitePullConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;

/** Consumes with the pull consumer that balances queues like a push consumer (since 4.6). */
final class LitePull implements Ability {
  private static final int POLL_MS = 500;

  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    DefaultLitePullConsumer consumer = new DefaultLitePullConsumer(request.get("group"));
    consumer.setNamesrvAddr(clients.nameserver());
    consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    consumer.setAutoCommit(false);
    consumer.subscribe(request.get("topic"), request.optional("tags").orElse("*"));
    clients.start(request.get("group"), consumer::start, consumer::shutdown);
    request.answer("STARTED");
    while (consumer.isRunning()) {
      List<MessageExt> messages = consumer.poll(POLL_MS);
      if (!messages.isEmpty()) {
        commit(consumer);
      }
      // What the test has seen is committed.
      messages.forEach(message -> PeerConsumer.print(request, message));
    }
  }

  @SuppressWarnings("deprecation")
  private static void commit(DefaultLitePullConsumer consumer) {
    consumer.commitSync();
  }
}
