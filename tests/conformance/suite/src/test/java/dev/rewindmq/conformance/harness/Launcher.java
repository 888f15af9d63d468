package dev.rewindmq.conformance.harness;

import java.nio.file.Path;
import java.util.Map;

/**
 * Knows the command lines of one kind of servers. Both servers read a RocketMQ properties file by
 * {@code -c}.
 */
interface Launcher {
  ProcessBuilder nameserver(Path config, Path home);

  ProcessBuilder broker(Path config, Path home);

  /** What this kind of broker needs besides the settings that all kinds have. */
  Map<String, String> brokerSettings(int listenPort, Path store);

  static Launcher of(ServerKind kind) {
    return switch (kind) {
      case REWIND -> new RewindLauncher();
      case APACHE_4_2_0 -> new ApacheLauncher("4.2.0");
      case APACHE_4_9_7 -> new ApacheLauncher("4.9.7");
      case APACHE_5_5_0 -> new ApacheLauncher("5.5.0");
    };
  }
}
