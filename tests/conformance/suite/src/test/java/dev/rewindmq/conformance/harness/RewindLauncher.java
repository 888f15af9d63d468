package dev.rewindmq.conformance.harness;

import java.nio.file.Path;
import java.util.List;

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
  public List<String> brokerSettings(int listenPort, Path store) {
    return List.of();
  }
}
