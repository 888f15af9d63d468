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
 * JSON, body.
 */
public final class Remoting {
  private static final int TIMEOUT_MS = 1_000;
  private static final int FRAME_LIMIT_BYTES = 1 << 20;
  private static final int SEND_MESSAGE = 10;
  private static final int GET_BROKER_CLUSTER_INFO = 106;

  private Remoting() {}

  /** The nameserver's answer, header and body together as text. */
  static String clusterInfo(int nameserverPort) throws IOException {
    return ask(nameserverPort, GET_BROKER_CLUSTER_INFO, "", new byte[0]);
  }

  /**
   * Sends one message as a client would that does not look at the topic's length, and returns the
   * broker's answer.
   */
  public static String send(int brokerPort, String topic, String properties, byte[] body)
      throws IOException {
    String fields =
        String.format(
            ",\"extFields\":{\"producerGroup\":\"raw\",\"topic\":\"%s\",\"queueId\":\"0\","
                + "\"defaultTopic\":\"TBW102\",\"defaultTopicQueueNums\":\"1\",\"sysFlag\":\"0\","
                + "\"bornTimestamp\":\"%d\",\"flag\":\"0\",\"properties\":\"%s\"}",
            topic, System.currentTimeMillis(), properties);
    return ask(brokerPort, SEND_MESSAGE, fields, body);
  }

  private static String ask(int port, int code, String fields, byte[] body) throws IOException {
    String header =
        String.format(
            "{\"code\":%d,\"flag\":0,\"language\":\"JAVA\",\"opaque\":1,"
                + "\"serializeTypeCurrentRPC\":\"JSON\",\"version\":252%s}",
            code, fields);
    byte[] bytes = header.getBytes(StandardCharsets.UTF_8);
    try (Socket socket = connect(port)) {
      DataOutputStream out = new DataOutputStream(socket.getOutputStream());
      out.writeInt(Integer.BYTES + bytes.length + body.length);
      out.writeInt(bytes.length);
      out.write(bytes);
      out.write(body);
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
