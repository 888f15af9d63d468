package dev.rewindmq.conformance.differential;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;

/**
 * One connection that sends frames as they are given and reads the answers; what a server sends of
 * its own accord waits until it is asked for. For one thread.
 */
public final class Wire implements AutoCloseable {
  private static final int TIMEOUT_MS = 8_000;
  private static final int FRAME_LIMIT_BYTES = 1 << 24;
  private static final int FLAG_RESPONSE = 1;

  private final Socket socket = new Socket();
  private final OutputStream out;
  private final DataInputStream in;
  private final Queue<Frame> requests = new ArrayDeque<>();

  /** A frame from the server: its header's fields, and its body. */
  public record Frame(
      int code,
      String remark,
      Map<String, String> ext,
      byte[] body,
      int opaque,
      boolean isResponse) {
    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  public Wire(String host, int port) throws IOException {
    socket.connect(new InetSocketAddress(InetAddress.getByName(host), port), TIMEOUT_MS);
    socket.setSoTimeout(TIMEOUT_MS);
    out = socket.getOutputStream();
    in = new DataInputStream(socket.getInputStream());
  }

  /** Sends a request whose header is this JSON text, and waits for the answer with its opaque. */
  public Frame ask(String header, int opaque, byte[] body) throws IOException {
    send(header, body);
    while (true) {
      Frame frame = read();
      if (!frame.isResponse()) {
        requests.add(frame);
      } else if (frame.opaque() == opaque) {
        return frame;
      }
    }
  }

  public void send(String header, byte[] body) throws IOException {
    byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer frame = ByteBuffer.allocate(2 * Integer.BYTES + bytes.length + body.length);
    frame.putInt(Integer.BYTES + bytes.length + body.length).putInt(bytes.length);
    // In one piece: small writes wait for the acknowledgement of the one before them.
    out.write(frame.put(bytes).put(body).array());
  }

  /** The next request that the server sends of its own accord with this code. */
  public Frame awaitRequest(int code) throws IOException {
    while (true) {
      Frame frame = requests.isEmpty() ? read() : requests.remove();
      if (!frame.isResponse() && frame.code() == code) {
        return frame;
      }
    }
  }

  private Frame read() throws IOException {
    int length = in.readInt();
    int headerLength = in.readInt() & 0xFFFFFF;
    if (length > FRAME_LIMIT_BYTES || headerLength > length - Integer.BYTES) {
      throw new IOException("not a frame: length " + length + ", header " + headerLength);
    }
    String header = new String(in.readNBytes(headerLength), StandardCharsets.UTF_8);
    byte[] body = in.readNBytes(length - Integer.BYTES - headerLength);
    Map<?, ?> fields = (Map<?, ?>) Json.parse(header);
    Map<String, String> ext = new TreeMap<>();
    if (fields.get("extFields") instanceof Map<?, ?> values) {
      values.forEach((name, value) -> ext.put(name.toString(), value.toString()));
    }
    Object remark = fields.get("remark");
    return new Frame(
        number(fields, "code"),
        remark == null ? "" : remark.toString(),
        ext,
        body,
        number(fields, "opaque"),
        (number(fields, "flag") & FLAG_RESPONSE) != 0);
  }

  private static int number(Map<?, ?> fields, String name) {
    return Integer.parseInt(fields.get(name).toString());
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
