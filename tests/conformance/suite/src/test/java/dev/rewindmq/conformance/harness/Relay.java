package dev.rewindmq.conformance.harness;

import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Stands between clients and the servers and shows every frame to a {@link Watcher}. A client that
 * is given {@link #nameserver} learns the relay's address as the broker's. Thread-safe.
 */
public final class Relay implements AutoCloseable {
  private static final int FRAME_LIMIT_BYTES = 1 << 24;
  private static final int FAST_PORT = -2;

  /** Sees frames in the order of their connection; called by many threads. */
  public interface Watcher {
    void seen(int connection, boolean fromClient, String header);
  }

  private final Watcher watcher;
  private final int nameserverPort = FreePorts.single();
  private final int ownBrokerPort = FreePorts.broker();
  private final String realBroker;
  private final List<ServerSocket> listeners = new ArrayList<>();
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private int connections;
  private boolean held;

  public Relay(Scene servers, Watcher watcher) throws IOException {
    this.watcher = watcher;
    realBroker = address(servers.brokerPort());
    listen(nameserverPort, servers.nameserverPort());
    listen(ownBrokerPort, servers.brokerPort());
    listen(ownBrokerPort + FAST_PORT, servers.brokerPort() + FAST_PORT);
  }

  public String nameserver() {
    return address(nameserverPort);
  }

  /** From now on nothing reaches the clients, until {@link #cut}. */
  public synchronized void hold() {
    held = true;
  }

  private synchronized void release() {
    held = false;
    notifyAll();
  }

  /** Breaks all connections, and with them goes what was held; new ones may be made. */
  public void cut() {
    sockets.forEach(Relay::closeQuietly);
    release();
  }

  @Override
  public void close() throws IOException {
    for (ServerSocket listener : listeners) {
      listener.close();
    }
    cut();
  }

  private void listen(int port, int realPort) throws IOException {
    ServerSocket listener = new ServerSocket();
    listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    listeners.add(listener);
    start("relay " + port, () -> acceptAll(listener, realPort));
  }

  private void acceptAll(ServerSocket listener, int realPort) {
    while (true) {
      try {
        Socket client = listener.accept();
        sockets.add(client);
        connect(client, realPort);
      } catch (IOException e) {
        return; // Closed.
      }
    }
  }

  private void connect(Socket client, int realPort) {
    int number = nextConnection();
    try {
      Socket server = Remoting.connect(realPort);
      server.setSoTimeout(0);
      server.setTcpNoDelay(true);
      client.setTcpNoDelay(true);
      sockets.add(server);
      start("relay " + number + " up", () -> pump(number, client, server, true));
      start("relay " + number + " down", () -> pump(number, server, client, false));
    } catch (IOException e) {
      closeQuietly(client); // The server is away; the client will see that, too.
    }
  }

  private void pump(int connection, Socket from, Socket to, boolean fromClient) {
    try (from;
        to) {
      DataInputStream in = new DataInputStream(from.getInputStream());
      DataOutputStream out = new DataOutputStream(new BufferedOutputStream(to.getOutputStream()));
      while (true) {
        byte[] frame = readFrame(in);
        if (!fromClient) {
          awaitRelease(to);
          frame = withOwnAddress(frame);
        }
        int headerLength = ((frame[1] & 0xFF) << 16) | ((frame[2] & 0xFF) << 8) | (frame[3] & 0xFF);
        String header =
            new String(frame, Integer.BYTES, headerLength, StandardCharsets.UTF_8);
        watcher.seen(connection, fromClient, header);
        out.writeInt(frame.length);
        out.write(frame);
        out.flush();
      }
    } catch (IOException | InterruptedException e) {
      // One side has gone: so does the other.
    } finally {
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  /** Everything behind the first length field. */
  private static byte[] readFrame(DataInputStream in) throws IOException {
    int length = in.readInt();
    if (length < Integer.BYTES || length > FRAME_LIMIT_BYTES) {
      throw new IOException("not a frame: length " + length);
    }
    byte[] frame = new byte[length];
    in.readFully(frame);
    return frame;
  }

  /** All ports have five digits, so that no length changes. */
  private byte[] withOwnAddress(byte[] frame) {
    String text = new String(frame, StandardCharsets.ISO_8859_1);
    return text.replace(realBroker, address(ownBrokerPort)).getBytes(StandardCharsets.ISO_8859_1);
  }

  private synchronized void awaitRelease(Socket to) throws InterruptedException, IOException {
    while (held) {
      wait();
    }
    if (to.isClosed()) {
      throw new IOException("closed while it was held");
    }
  }

  private synchronized int nextConnection() {
    return ++connections;
  }

  private static void start(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    thread.start();
  }

  private static String address(int port) {
    return "127.0.0.1:" + port;
  }

  private static void closeQuietly(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      // Gone already.
    }
  }
}
