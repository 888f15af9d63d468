package dev.rewindmq.conformance.driver;

import org.apache.rocketmq.client.producer.LocalTransactionState;
import org.apache.rocketmq.client.producer.TransactionListener;
import org.apache.rocketmq.client.producer.TransactionMQProducer;
import org.apache.rocketmq.common.message.Message;
import org.apache.rocketmq.common.message.MessageExt;

/**
 * Sends one message in a transaction that ends as {@code state} says, and answers back-checks as
 * {@code check} does; {@code checks} is how many checks are answered UNKNOW first (since 4.3).
 */
final class Transactions implements Ability {
  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    TransactionMQProducer producer = new TransactionMQProducer(request.get("group"));
    producer.setTransactionListener(
        new TransactionListener() {
          private int checks;

          @Override
          public LocalTransactionState executeLocalTransaction(Message message, Object argument) {
            return LocalTransactionState.valueOf(request.get("state"));
          }

          @Override
          public synchronized LocalTransactionState checkLocalTransaction(MessageExt message) {
            request.answer(
                "CHECKED",
                "key",
                message.getKeys(),
                "topic",
                message.getTopic(),
                "at",
                System.currentTimeMillis());
            return checks++ < request.number("checks", 0)
                ? LocalTransactionState.UNKNOW
                : LocalTransactionState.valueOf(request.get("check"));
          }
        });
    clients.start(producer);
    long startMs = System.currentTimeMillis();
    PeerSender.printSent(
        request,
        producer.sendMessageInTransaction(PeerSender.message(request), null),
        startMs);
  }
}
