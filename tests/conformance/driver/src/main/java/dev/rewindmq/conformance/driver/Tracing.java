package dev.rewindmq.conformance.driver;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** Sends and consumes one message with message trace switched on (since 4.4). */
final class Tracing implements Ability {
  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    String group = request.get("group");
    DefaultMQProducer producer = new DefaultMQProducer(group + "_producer", true, null);
    PeerSender.send(request, clients, clients.start(producer));
    PeerConsumer.start(request, clients, new DefaultMQPushConsumer(group, true, null));
  }
}
