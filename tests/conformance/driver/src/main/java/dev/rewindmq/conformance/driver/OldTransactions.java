package dev.rewindmq.conformance.driver;

import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionMQProducer;

/** {@link Transactions} of 4.2.0, whose listeners have other names. */
final class OldTransactions implements Ability {
  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    TransactionMQProducer producer = new TransactionMQProducer(request.get("group"));
    int[] checks = new int[1];
    producer.setTransactionCheckListener(
        message -> {
          request.answer(
              "CHECKED",
              "key",
              message.getKeys(),
              "topic",
              message.getTopic(),
              "at",
              System.currentTimeMillis());
          return checks[0]++ < request.number("checks", 0)
              ? LocalTransactionState.UNKNOW
              : LocalTransactionState.valueOf(request.get("check"));
        });
    clients.start(producer);
    long startMs = System.currentTimeMillis();
    PeerSender.printSent(
        request,
        producer.sendMessageInTransaction(
            PeerSender.message(request),
            (message, argument) -> LocalTransactionState.valueOf(request.get("state")),
            null),
        startMs);
  }
}
