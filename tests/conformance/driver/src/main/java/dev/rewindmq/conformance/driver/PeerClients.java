package dev.rewindmq.conformance.driver;

import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.rocketmq.client.consumer.DefaultMQPullConsumer;
import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.client.exception.MQClientException;
import org.apache.rocketmq.client.producer.DefaultMQProducer;

/** The producers and consumers of one peer, by group. Thread-safe: requests run side by side. */
final class PeerClients {
  private static final int SEND_TIMEOUT_MS = 10_000;

  /** How a client is started and ended; versions and kinds have no type in common for it. */
  interface Start {
    void run() throws MQClientException;
  }

  interface Stop {
    void run();
  }

  private final String nameserver;
  private final Map<String, DefaultMQProducer> producers = new HashMap<>();
  private final Map<String, Stop> consumers = new ConcurrentHashMap<>();
  private final Map<String, DefaultMQPushConsumer> members = new ConcurrentHashMap<>();
  private DefaultMQPullConsumer reader;

  PeerClients(String nameserver) {
    this.nameserver = nameserver;
  }

  String nameserver() {
    return nameserver;
  }

  synchronized DefaultMQProducer producer() throws MQClientException {
    DefaultMQProducer known = producers.get("peer_producer");
    return known != null ? known : start(new DefaultMQProducer("peer_producer"));
  }

  /**
   * Starts a consumer which {@link #stopAll} ends. Clients of one process share their heartbeat,
   * and one that starts while another sends it goes without, for half a minute: hence one by one.
   */
  synchronized void start(String group, Start start, Stop stop) throws MQClientException {
    try {
      start.run();
    } catch (MQClientException e) {
      // A subscription that a broker refuses would be refused to every later consumer too.
      stop.run();
      throw e;
    }
    consumers.put(group, stop);
  }

  /** Starts a producer which {@link #stopAll} ends. */
  synchronized <T extends DefaultMQProducer> T start(T producer) throws MQClientException {
    producer.setNamesrvAddr(nameserver);
    producer.setSendMsgTimeout(SEND_TIMEOUT_MS);
    producer.start();
    producers.put(producer.getProducerGroup(), producer);
    return producer;
  }

  /** Starts a consumer that shares no connection, so that none has to wait for another. */
  void startMember(String name, DefaultMQPushConsumer consumer) throws MQClientException {
    members.put(name, consumer);
    consumer.start();
  }

  DefaultMQPushConsumer member(String name) {
    DefaultMQPushConsumer known = members.get(name);
    if (known == null) {
      throw new UsageException("no member " + name);
    }
    return known;
  }

  void stopMember(String name) {
    member(name).shutdown();
    members.remove(name);
  }

  synchronized DefaultMQPullConsumer reader() throws MQClientException {
    if (reader == null) {
      reader = new DefaultMQPullConsumer("peer_reader");
      reader.setNamesrvAddr(nameserver);
      reader.start();
    }
    return reader;
  }

  void stopConsumer(String group) {
    Stop stop = consumers.remove(group);
    if (stop == null) {
      throw new UsageException("no consumer of group " + group);
    }
    stop.run();
  }

  synchronized void stopAll() {
    consumers.values().forEach(Stop::run);
    members.values().forEach(DefaultMQPushConsumer::shutdown);
    producers.values().forEach(DefaultMQProducer::shutdown);
    if (reader != null) {
      reader.shutdown();
    }
  }
}
