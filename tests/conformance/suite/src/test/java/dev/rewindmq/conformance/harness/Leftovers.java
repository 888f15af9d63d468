package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Ends the child processes and removes the temporary folders of a run that is interrupted. */
final class Leftovers {
  private static final Set<Process> PROCESSES = ConcurrentHashMap.newKeySet();
  private static final Set<Path> FOLDERS = ConcurrentHashMap.newKeySet();

  static {
    Runtime.getRuntime().addShutdownHook(new Thread(Leftovers::clear, "leftovers"));
  }

  private Leftovers() {}

  static void add(Process process) {
    PROCESSES.add(process);
    process.onExit().thenRun(() -> PROCESSES.remove(process));
  }

  static void add(Path folder) {
    FOLDERS.add(folder);
  }

  static void removed(Path folder) {
    FOLDERS.remove(folder);
  }

  private static void clear() {
    PROCESSES.forEach(process -> process.destroyForcibly().onExit().join());
    for (Path folder : FOLDERS) {
      try {
        Paths.deleteRecursively(folder);
      } catch (IOException e) {
        System.err.println("could not remove " + folder + ": " + e);
      }
    }
  }
}
