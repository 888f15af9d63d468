package dev.rewindmq.conformance.driver;

import org.apache.rocketmq.client.producer.DefaultMQProducer;
import org.apache.rocketmq.common.compression.CompressionType;

/** Sends a message whose body the client compresses in a given way (5.x). */
final class Compression implements Ability {
  private static final int LEAST_BYTES = 100;

  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    DefaultMQProducer producer = new DefaultMQProducer(request.get("group"));
    producer.setCompressType(CompressionType.of(request.get("type")));
    producer.setCompressMsgBodyOverHowmuch(LEAST_BYTES);
    PeerSender.send(request, clients, clients.start(producer));
  }
}
