package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Apache's own Java servers, against which the tests themselves are proved. */
final class ApacheLauncher implements Launcher {
  /** 4.2.0 reads these from its home folder and refuses to start without them. */
  private static final List<String> LOGBACK_FILES =
      List.of("logback_namesrv.xml", "logback_broker.xml");

  private static final String LOGBACK =
      """
      <configuration>
        <appender name="stderr" class="ch.qos.logback.core.ConsoleAppender">
          <target>System.err</target>
          <encoder><pattern>%d %level %logger - %msg%n</pattern></encoder>
        </appender>
        <root level="WARN"><appender-ref ref="stderr"/></root>
      </configuration>
      """;

  private final String version;

  ApacheLauncher(String version) {
    this.version = version;
  }

  @Override
  public ProcessBuilder nameserver(Path config, Path home) {
    return java("org.apache.rocketmq.namesrv.NamesrvStartup", config, home);
  }

  @Override
  public ProcessBuilder broker(Path config, Path home) {
    return java("org.apache.rocketmq.broker.BrokerStartup", config, home);
  }

  /** Small files, and no flow control: it drops one-way messages as soon as the machine is busy. */
  @Override
  public Map<String, String> brokerSettings(int listenPort, Path store) {
    return Map.of(
        "storePathCommitLog",
        store.resolve("commitlog").toString(),
        "haListenPort",
        Integer.toString(listenPort + 1),
        "mapedFileSizeCommitLog",
        "67108864",
        "mappedFileSizeCommitLog",
        "67108864",
        "maxIndexNum",
        "400000",
        "maxHashSlotNum",
        "100000",
        "diskMaxUsedSpaceRatio",
        "95",
        "waitTimeMillsInSendQueue",
        "60000",
        "osPageCacheBusyTimeOutMills",
        "60000");
  }

  /** The home folders keep logs, stores and key-value files out of the user's own. */
  private ProcessBuilder java(String main, Path config, Path home) {
    writeLogback(home);
    return new ProcessBuilder(
        "java",
        "-Xmx512m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "--add-opens=java.base/java.nio=ALL-UNNAMED",
        "--add-exports=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-opens=java.base/sun.nio.ch=ALL-UNNAMED",
        "--add-opens=java.base/jdk.internal.ref=ALL-UNNAMED",
        "-Duser.home=" + home,
        "-Drocketmq.home.dir=" + home,
        "-cp",
        Paths.serverClassPath(version),
        main,
        "-c",
        config.toString());
  }

  private static void writeLogback(Path home) {
    try {
      Path conf = Files.createDirectories(home.resolve("conf"));
      for (String file : LOGBACK_FILES) {
        Files.writeString(conf.resolve(file), LOGBACK);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
