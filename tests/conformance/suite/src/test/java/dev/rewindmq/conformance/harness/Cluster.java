package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One nameserver and one broker on free loopback ports, with their files in a temporary folder.
 * Starting returns when the nameserver lists the broker and both of the broker's ports answer;
 * closing kills both.
 */
public final class Cluster implements AutoCloseable, ExtensionContext.Store.CloseableResource {
  public static final String BROKER_NAME = "broker-a";
  private static final Duration START_PATIENCE = Duration.ofSeconds(90);
  private static final Duration STOP_PATIENCE = Duration.ofSeconds(60);
  private static final int POLL_MS = 20;
  private static final int QUOTED_LINES = 40;

  private final Map<String, String> settings;
  private final Path folder;
  private final int nameserverPort = FreePorts.single();
  private final int brokerPort = FreePorts.broker();
  private final Child nameserver;
  private final Map<String, Peer> peers = new HashMap<>();
  private Child broker;

  private Cluster(ServerKind kind, Map<String, String> settings, Map<String, String> configFiles)
      throws IOException, InterruptedException {
    this.settings = settings;
    folder = Paths.temporaryFolder("servers");
    Files.createDirectories(store().resolve("config"));
    for (Map.Entry<String, String> file : configFiles.entrySet()) {
      Files.writeString(store().resolve("config").resolve(file.getKey()), file.getValue());
    }
    Path config =
        Files.write(
            folder.resolve("nameserver.conf"),
            List.of(
                "listenPort=" + nameserverPort,
                "bindAddress=127.0.0.1",
                "orderMessageEnable=true",
                "kvConfigPath=" + home("nameserver").resolve("kvConfig.json")));
    Launcher launcher = Launcher.of(kind);
    nameserver = Child.start("nameserver", launcher.nameserver(config, home("nameserver")), folder);
    startBroker(kind);
  }

  public static Cluster start() throws IOException, InterruptedException {
    return start(ServerKind.current(), Map.of(), Map.of());
  }

  /**
   * Servers of one kind; the settings are the broker's, of whatever kind it is started later, and
   * the files are those its store's configuration begins with, name to text.
   */
  public static Cluster start(
      ServerKind kind, Map<String, String> settings, Map<String, String> configFiles)
      throws IOException, InterruptedException {
    return new Cluster(kind, settings, configFiles);
  }

  public String nameserverAddress() {
    return "127.0.0.1:" + nameserverPort;
  }

  public void killBroker() {
    broker.kill();
  }

  /** Asks the broker to end, and waits until it has. */
  public void stopBroker() throws InterruptedException {
    broker.terminate(STOP_PATIENCE);
  }

  /** Starts the broker on the ports and the store it had before. */
  public void startBroker() throws IOException, InterruptedException {
    startBroker(ServerKind.current());
  }

  /** Starts a broker, maybe another kind's, on the ports and the store of the one before it. */
  public void startBroker(ServerKind kind) throws IOException, InterruptedException {
    if (kind.isApache()) {
      // Several of Apache's that start at once take each other's time until all are too late.
      Turnstile.pass(() -> startAndAwait(kind));
    } else {
      startAndAwait(kind);
    }
  }

  /** The folder of the broker's files. */
  public Path store() {
    return folder.resolve("broker/store");
  }

  public int nameserverPort() {
    return nameserverPort;
  }

  public int brokerPort() {
    return brokerPort;
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

  /** The last lines of the servers' and shared clients' logs that have this name in them. */
  String logsAbout(String wanted) throws IOException {
    StringBuilder quoted = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path log : files.filter(Cluster::isLog).sorted().toList()) {
        List<String> lines =
            Files.readAllLines(log, StandardCharsets.ISO_8859_1).stream()
                .filter(line -> line.contains(wanted))
                .toList();
        quoted.append("\n--- ").append(folder.relativize(log)).append(" about ").append(wanted);
        lines.stream()
            .skip(Math.max(0, lines.size() - QUOTED_LINES))
            .forEach(line -> quoted.append('\n').append(line));
      }
    }
    return quoted.toString();
  }

  private static boolean isLog(Path file) {
    String name = file.getFileName().toString();
    return name.endsWith(".err") || name.endsWith("client.log");
  }

  /** The client process of a version that all tests on these servers share. */
  synchronized Peer peer(String version) throws IOException, InterruptedException {
    Peer known = peers.get(version);
    if (known == null) {
      ProcessBuilder builder =
          new ProcessBuilder(
              Paths.runClient().toString(),
              version,
              "peer",
              "--namesrv",
              nameserverAddress());
      String home = home("peer-" + version).toString();
      builder.environment().put("CLIENT_HOME", home);
      known = Turnstile.pass(() -> Peer.start(builder, "peer-" + version, folder));
      peers.put(version, known);
    }
    return known;
  }

  @Override
  public void close() throws IOException {
    peers.values().forEach(Peer::close);
    broker.close();
    nameserver.close();
    Paths.deleteRecursively(folder);
  }

  private Child startAndAwait(ServerKind kind) throws IOException, InterruptedException {
    Launcher launcher = Launcher.of(kind);
    Path config = Files.write(folder.resolve("broker.conf"), brokerConfig(launcher));
    broker = Child.start("broker", launcher.broker(config, home("broker")), folder);
    awaitReady();
    return broker;
  }

  private List<String> brokerConfig(Launcher launcher) {
    Map<String, String> config = new LinkedHashMap<>();
    config.put("brokerClusterName", "DefaultCluster");
    config.put("brokerName", BROKER_NAME);
    config.put("brokerId", "0");
    config.put("brokerIP1", "127.0.0.1");
    config.put("bindAddress", "127.0.0.1");
    config.put("listenPort", Integer.toString(brokerPort));
    config.put("namesrvAddr", nameserverAddress());
    config.put("storePathRootDir", store().toString());
    config.put("autoCreateTopicEnable", "true");
    config.put("defaultTopicQueueNums", "4");
    config.put("flushDiskType", "ASYNC_FLUSH");
    config.putAll(launcher.brokerSettings(brokerPort, store()));
    config.putAll(settings);
    return config.entrySet().stream().map(one -> one.getKey() + "=" + one.getValue()).toList();
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
