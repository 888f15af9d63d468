package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One nameserver and one broker on free loopback ports, with their files in a temporary folder.
 * Starting returns when the nameserver lists the broker and both of the broker's ports answer;
 * closing kills both.
 */
public final class Cluster implements AutoCloseable, ExtensionContext.Store.CloseableResource {
  public static final String BROKER_NAME = "broker-a";
  private static final Duration START_PATIENCE = Duration.ofSeconds(60);
  private static final int POLL_MS = 20;

  private final Launcher launcher = Launcher.of(ServerKind.current());
  private final Path folder;
  private final int nameserverPort = FreePorts.single();
  private final int brokerPort = FreePorts.broker();
  private final Child nameserver;
  private Child broker;

  private Cluster() throws IOException, InterruptedException {
    folder = Paths.temporaryFolder("servers");
    Path config =
        Files.write(
            folder.resolve("nameserver.conf"),
            List.of("listenPort=" + nameserverPort, "bindAddress=127.0.0.1"));
    nameserver = Child.start("nameserver", launcher.nameserver(config, home("nameserver")), folder);
    startBroker();
  }

  public static Cluster start() throws IOException, InterruptedException {
    return new Cluster();
  }

  public String nameserverAddress() {
    return "127.0.0.1:" + nameserverPort;
  }

  public void killBroker() {
    broker.kill();
  }

  /** Starts the broker on the ports and the store it had before. */
  public void startBroker() throws IOException, InterruptedException {
    Path config = Files.write(folder.resolve("broker.conf"), brokerConfig());
    broker = Child.start("broker", launcher.broker(config, home("broker")), folder);
    awaitReady();
  }

  /**
   * A server that ended by itself explains a test's failure better than the client's time-out does.
   */
  void assertAlive() {
    for (Child server : List.of(nameserver, broker)) {
      if (!server.isAlive()) {
        throw server.failure("ended by itself");
      }
    }
  }

  @Override
  public void close() throws IOException {
    broker.close();
    nameserver.close();
    Paths.deleteRecursively(folder);
  }

  private List<String> brokerConfig() {
    List<String> lines =
        new ArrayList<>(
            List.of(
                "brokerClusterName=DefaultCluster",
                "brokerName=" + BROKER_NAME,
                "brokerId=0",
                "brokerIP1=127.0.0.1",
                "bindAddress=127.0.0.1",
                "listenPort=" + brokerPort,
                "namesrvAddr=" + nameserverAddress(),
                "storePathRootDir=" + folder.resolve("broker/store"),
                "autoCreateTopicEnable=true",
                "defaultTopicQueueNums=4",
                "flushDiskType=ASYNC_FLUSH"));
    lines.addAll(launcher.brokerSettings(brokerPort, folder.resolve("broker/store")));
    return lines;
  }

  private Path home(String server) throws IOException {
    return Files.createDirectories(folder.resolve(server));
  }

  private void awaitReady() throws InterruptedException {
    long deadline = System.nanoTime() + START_PATIENCE.toNanos();
    while (!isReady()) {
      if (!nameserver.isAlive() || System.nanoTime() > deadline) {
        throw nameserver.failure("did not list the broker within " + START_PATIENCE);
      }
      if (!broker.isAlive()) {
        throw broker.failure("ended while starting");
      }
      Thread.sleep(POLL_MS);
    }
  }

  private boolean isReady() {
    try (Socket normal = Remoting.connect(brokerPort);
        Socket fast = Remoting.connect(brokerPort - 2)) {
      return normal.isConnected()
          && fast.isConnected()
          && Remoting.clusterInfo(nameserverPort).contains("127.0.0.1:" + brokerPort);
    } catch (IOException e) {
      return false;
    }
  }
}
