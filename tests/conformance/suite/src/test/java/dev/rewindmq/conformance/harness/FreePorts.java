package dev.rewindmq.conformance.harness;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Finds free loopback ports. A broker occupies three: listenPort, listenPort - 2 (4.2.0 clients
 * send there) and listenPort + 1 (Apache's replication port).
 *
 * <p>Ports are taken from below the range which the system gives to outgoing connections: a port
 * that was free when it was looked at must still be free when the server binds it, and again when
 * it is restarted.
 */
final class FreePorts {
  private static final int LOWEST = 20_000;
  private static final int HIGHEST = 32_000;
  private static final int ATTEMPTS = 1_000;
  private static final int[] SINGLE = {0};
  private static final int[] BROKER = {-2, 0, 1};
  private static final Set<Integer> HANDED_OUT = new HashSet<>();

  private FreePorts() {}

  static int single() {
    return find(SINGLE);
  }

  static int broker() {
    return find(BROKER);
  }

  private static synchronized int find(int[] offsets) {
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST);
      List<Integer> wanted = new ArrayList<>();
      for (int offset : offsets) {
        wanted.add(port + offset);
      }
      if (wanted.stream().allMatch(FreePorts::isFree)) {
        HANDED_OUT.addAll(wanted);
        return port;
      }
    }
    throw new IllegalStateException("no free ports between " + LOWEST + " and " + HIGHEST);
  }

  private static boolean isFree(int port) {
    if (HANDED_OUT.contains(port)) {
      return false;
    }
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
