package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Where the suite finds its programs, and its temporary folders. */
public final class Paths {
  private static final Path ROOT =
      Path.of(System.getProperty("conformance.root")).toAbsolutePath().normalize();

  private Paths() {}

  public static Path runClient() {
    return ROOT.resolve("run-client");
  }

  /** The class path of an Apache server module. */
  public static String serverClassPath(String version) {
    try {
      return Files.readString(ROOT.resolve("target/cp-server-" + version + ".txt")).trim();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "the class path of server " + version + " was not resolved", e);
    }
  }

  /** A program of this repository, from {@code -Drewind.bin}. */
  public static Path program(String name) {
    Path bin = Path.of(System.getProperty("rewind.bin"));
    List<Path> candidates =
        List.of(ROOT.resolve(bin).resolve(name), ROOT.resolve("../..").resolve(bin).resolve(name));
    return candidates.stream()
        .map(Path::normalize)
        .filter(Files::isExecutable)
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "no program "
                        + name
                        + " in "
                        + candidates
                        + ": build it first, or name its folder by -Drewind.bin=FOLDER"));
  }

  public static Path temporaryFolder(String prefix) throws IOException {
    Path folder = Files.createTempDirectory("rewindmq-" + prefix + "-");
    Leftovers.add(folder);
    return folder;
  }

  public static void deleteRecursively(Path folder) throws IOException {
    List<Path> deepestFirst;
    try (Stream<Path> files = Files.walk(folder)) {
      deepestFirst = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : deepestFirst) {
      Files.deleteIfExists(file);
    }
    Leftovers.removed(folder);
  }
}
