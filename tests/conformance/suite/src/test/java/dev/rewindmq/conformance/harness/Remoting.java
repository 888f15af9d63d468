package dev.rewindmq.conformance.harness;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/**
 * Just enough of the remoting protocol to ask a server one question: frame = length, header length,
 * JSON.
 */
final class Remoting {
  private static final int TIMEOUT_MS = 1_000;
  private static final int FRAME_LIMIT_BYTES = 1 << 20;
  private static final int GET_BROKER_CLUSTER_INFO = 106;

  private Remoting() {}

  /** The nameserver's answer, header and body together as text. */
  static String clusterInfo(int nameserverPort) throws IOException {
    String header =
        String.format(
            "{\"code\":%d,\"flag\":0,\"language\":\"JAVA\",\"opaque\":1,"
                + "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":252}",
            GET_BROKER_CLUSTER_INFO);
    byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
    try (Socket socket = connect(nameserverPort)) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(Integer.BYTES + bytes.length);
      out.writeInt(bytes.length);
      out.write(bytes);
      out.flush();
      DataInputStream in = new DataInputStream(socket.getInputStream());
      int length = in.readInt();
      if (length < Integer.BYTES || length > FRAME_LIMIT_BYTES) {
        throw new IOException("not a remoting frame: length " + length);
      }
      return new String(in.readNBytes(length), StandardCharsets.UTF_8);
    }
  }

  static Socket connect(int port) throws IOException {
    Socket socket = new Socket();
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), TIMEOUT_MS);
    socket.setSoTimeout(TIMEOUT_MS);
    return socket;
  }
}
