package dev.rewindmq.conformance.harness;

import java.nio.file.Path;
import java.util.Map;

/** The servers of this repository. */
final class RewindLauncher implements Launcher {
  @Override
  public ProcessBuilder nameserver(Path config, Path home) {
    return new ProcessBuilder(
        Paths.program("rewind-nameserver").toString(), "-c", config.toString());
  }

  @Override
  public ProcessBuilder broker(Path config, Path home) {
    return new ProcessBuilder(Paths.program("rewind-broker").toString(), "-c", config.toString());
  }

  @Override
  public Map<String, String> brokerSettings(int listenPort, Path store) {
    return Map.of();
  }
}
