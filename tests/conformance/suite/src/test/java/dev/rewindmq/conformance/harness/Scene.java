package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * One test's view of the servers: a topic and a group nobody else uses, and the clients and tools
 * the test starts. Closing it ends whatever still runs and removes the files.
 */
public final class Scene implements AutoCloseable, ExtensionContext.Store.CloseableResource {
  /**
   * How long any single step may take; a 4.x client needs up to 30 s of its own for a server-side
   * reset.
   */
  public static final Duration PATIENCE = Duration.ofSeconds(75);

  private static final AtomicInteger COUNTER = new AtomicInteger();

  private final Cluster cluster;
  private final String name;
  private final List<Child> children = new ArrayList<>();
  private final Path folder;
  private String topic;

  Scene(Cluster cluster) {
    this(cluster, COUNTER.incrementAndGet());
  }

  private Scene(Cluster cluster, int number) {
    this.cluster = cluster;
    name = "Scene" + number;
    topic = "Topic_" + name;
    try {
      folder = Paths.temporaryFolder("clients");
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** For a test which needs servers of its own. */
  public static Scene on(Cluster cluster) {
    return new Scene(cluster);
  }

  /** A scene whose names are the same in every run, on a test's own servers. */
  public static Scene numbered(Cluster cluster, int number) {
    return new Scene(cluster, number);
  }

  public String topic() {
    return topic;
  }

  /** Reads from a topic that an earlier scene has filled; the group remains this scene's own. */
  public void useTopic(String filledTopic) {
    topic = filledTopic;
  }

  public String group() {
    return "Group_" + name;
  }

  public String nameserver() {
    return cluster.nameserverAddress();
  }

  public int nameserverPort() {
    return cluster.nameserverPort();
  }

  public int brokerPort() {
    return cluster.brokerPort();
  }

  /** Sends messages K0 ... to the scene's topic and returns what was acknowledged. */
  public List<Receipt> produce(ClientVersion version, int count, String... options)
      throws IOException, InterruptedException {
    return Turnstile.pass(() -> startProducer(version, count, options).await());
  }

  public Producer startProducer(ClientVersion version, int count, String... options)
      throws IOException {
    Path out = Files.createTempFile(folder, "sent-", ".txt");
    List<String> args =
        new ArrayList<>(
            List.of(
                "produce",
                "--namesrv",
                nameserver(),
                "--topic",
                topic(),
                "--count",
                Integer.toString(count),
                "--deadline-ms",
                Long.toString(PATIENCE.toMillis()),
                "--print-events",
                "--out",
                out.toString()));
    args.addAll(Arrays.asList(options));
    return new Producer(runClient(version.toString(), args), count, out);
  }

  public Consumer startConsumer(ClientVersion version, String... options)
      throws IOException, InterruptedException {
    List<String> args =
        new ArrayList<>(
            List.of(
                "consume",
                "--namesrv",
                nameserver(),
                "--topic",
                topic(),
                "--group",
                group(),
                "--from-first",
                "--commands"));
    args.addAll(Arrays.asList(options));
    return Turnstile.pass(() -> new Consumer(runClient(version.toString(), args), folder));
  }

  /** What servers and shared clients have to say of a group or a topic, to explain a failure. */
  public String logsAbout(String wanted) throws IOException {
    return cluster.logsAbout(wanted);
  }

  /** The shared client process of a version; topics and groups keep tests apart. */
  public Peer peer(ClientVersion version) throws IOException, InterruptedException {
    return cluster.peer(version.toString());
  }

  /** A client process of this test's own, which it may kill. */
  public Peer startPeer(ClientVersion version) throws IOException, InterruptedException {
    List<String> args = List.of("peer", "--namesrv", nameserver());
    return Turnstile.pass(() -> new Peer(runClient(version.toString(), args)));
  }

  /** The shared process of the JavaScript client. */
  public Peer javaScriptPeer() throws IOException, InterruptedException {
    return cluster.peer("ali-ons");
  }

  /** The official mqadmin in one process for many commands. */
  public Admin startAdmin(ClientVersion version) throws IOException, InterruptedException {
    return Turnstile.pass(() -> new Admin(runClient(version.toString(), List.of("admin"))));
  }

  /** See {@link #startAdmin}. */
  public final class Admin {
    private final Child child;
    private final Child.Cursor cursor = new Child.Cursor();

    private Admin(Child child) throws InterruptedException {
      this.child = child;
      child.await(PATIENCE, "STARTED");
    }

    /** What mqadmin prints to a command, to which the nameserver's address is added. */
    public List<String> run(String command) throws InterruptedException {
      List<String> printed = new ArrayList<>();
      child.command(command + " -n " + nameserver());
      while (true) {
        String line =
            child.awaitAt(
                cursor, PATIENCE, one -> one.startsWith("| ") || one.equals("DONE"));
        if (line == null) {
          throw child.failure("did not finish " + command);
        }
        if (line.equals("DONE")) {
          return printed;
        }
        printed.add(line.substring(2));
      }
    }
  }

  /** A producer and a pull consumer that stay while brokers come and go. */
  public Session startSession(ClientVersion version) throws IOException, InterruptedException {
    List<String> args =
        List.of(
            "session",
            "--namesrv",
            nameserver(),
            "--group",
            group(),
            "--deadline-ms",
            Long.toString(PATIENCE.toMillis()));
    return Turnstile.pass(() -> new Session(runClient(version.toString(), args), folder));
  }

  /** Producers that send 1 KiB messages to the scene's topic until they are stopped. */
  public Load startLoad(ClientVersion version, int producers)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(folder, "load-", ".txt");
    List<String> args =
        List.of(
            "load",
            "--namesrv",
            nameserver(),
            "--topic",
            topic(),
            "--producers",
            Integer.toString(producers),
            "--out",
            out.toString());
    return Turnstile.pass(() -> new Load(runClient(version.toString(), args), out));
  }

  /** Reads the whole topic with a pull consumer; the result's output is the driver's. */
  public ToolResult pull(ClientVersion version, int expected)
      throws IOException, InterruptedException {
    return finish(
        runClient(
            version.toString(),
            List.of(
                "pull",
                "--namesrv",
                nameserver(),
                "--topic",
                topic(),
                "--group",
                group(),
                "--expect",
                Integer.toString(expected))));
  }

  public ToolResult run(AdminTool tool, String... arguments)
      throws IOException, InterruptedException {
    List<String> args = Arrays.asList(arguments);
    // mqadmin is done when it prints, and then takes seconds to end, in which another may start.
    return finish(
        Turnstile.pass(
            () -> {
              Child child =
                  tool == AdminTool.REWINDCTL
                      ? runProgram("rewindctl", args)
                      : runMqadmin(tool, args);
              child.awaitOutput(PATIENCE);
              return child;
            }));
  }

  /** {@code resetOffsetByTime} of the scene's group on the scene's topic. */
  public ToolResult reset(AdminTool tool, String time) throws IOException, InterruptedException {
    ToolResult result =
        run(
            tool, "resetOffsetByTime", "-n", nameserver(), "-t", topic(), "-g", group(), "-s",
            time);
    if (!result.errors().contains("RemotingTimeoutException")) {
      return result;
    }
    // Whether the request came and was answered is in the logs, which vanish with the servers.
    return new ToolResult(
        result.exitCode(), result.output(), result.errors() + cluster.logsAbout(group()));
  }

  @Override
  public void close() throws IOException {
    children.forEach(Child::close);
    Paths.deleteRecursively(folder);
    cluster.assertAlive();
  }

  private Child runMqadmin(AdminTool tool, List<String> args) throws IOException {
    List<String> all = new ArrayList<>(List.of("mqadmin"));
    all.addAll(args);
    return runClient(tool.version(), all);
  }

  private Child runProgram(String program, List<String> args) throws IOException {
    List<String> command = new ArrayList<>(List.of(Paths.program(program).toString()));
    command.addAll(args);
    return started(program, new ProcessBuilder(command));
  }

  /** Every client has a home of its own: broadcasting groups keep their offsets there. */
  private Child runClient(String version, List<String> args) throws IOException {
    List<String> command = new ArrayList<>(List.of(Paths.runClient().toString(), version));
    command.addAll(args);
    ProcessBuilder builder = new ProcessBuilder(command);
    Path home = Files.createTempDirectory(folder, "home-");
    builder.environment().put("CLIENT_HOME", home.toString());
    builder.directory(home.toFile());
    return started("client-" + version + "-" + args.get(0), builder);
  }

  private Child started(String childName, ProcessBuilder builder) throws IOException {
    Child child = Child.start(childName, builder, folder);
    children.add(child);
    return child;
  }

  private static ToolResult finish(Child child) throws IOException, InterruptedException {
    int exitCode = child.awaitExit(PATIENCE);
    return new ToolResult(exitCode, child.output(), child.errorOutput());
  }
}
