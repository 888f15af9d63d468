package dev.rewindmq.conformance.differential;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** Reads the messages in an answer's body, in the format that brokers store them in. */
final class StoredMessages {
  private static final int MAGIC = 0xDAA320A7;
  private static final int LEAST_BYTES = 91;

  private StoredMessages() {}

  static boolean isOne(byte[] body) {
    return body.length >= LEAST_BYTES && ByteBuffer.wrap(body).getInt(4) == MAGIC;
  }

  static void flatten(byte[] body, Map<String, String> fields) {
    ByteBuffer in = ByteBuffer.wrap(body);
    int count = 0;
    for (; in.hasRemaining(); count++) {
      one(in, "message[" + count + "].", fields);
    }
    fields.put("messages", Integer.toString(count));
  }

  private static void one(ByteBuffer in, String path, Map<String, String> fields) {
    int start = in.position();
    int size = in.getInt();
    fields.put(path + "size", Integer.toString(size));
    in.getInt();
    fields.put(path + "crc", Integer.toString(in.getInt()));
    fields.put(path + "queueId", Integer.toString(in.getInt()));
    fields.put(path + "flag", Integer.toString(in.getInt()));
    fields.put(path + "queueOffset", Long.toString(in.getLong()));
    fields.put(path + "logOffset", Long.toString(in.getLong()));
    fields.put(path + "sysFlag", Integer.toString(in.getInt()));
    fields.put(path + "bornTime", Long.toString(in.getLong()));
    fields.put(path + "bornHost", host(in));
    fields.put(path + "storeTime", Long.toString(in.getLong()));
    fields.put(path + "storeHost", host(in));
    fields.put(path + "reconsumeTimes", Integer.toString(in.getInt()));
    fields.put(path + "preparedOffset", Long.toString(in.getLong()));
    fields.put(path + "body", text(in, in.getInt()));
    fields.put(path + "topic", text(in, in.get() & 0xFF));
    for (String property : text(in, in.getShort() & 0xFFFF).split("\2")) {
      String[] pair = property.split("\1", 2);
      if (pair.length == 2) {
        fields.put(path + "property." + pair[0], pair[1]);
      }
    }
    in.position(start + size);
  }

  private static String host(ByteBuffer in) {
    byte[] address = new byte[4];
    in.get(address);
    int port = in.getInt();
    return address[0] + "." + address[1] + "." + address[2] + "." + address[3] + ":" + port;
  }

  private static String text(ByteBuffer in, int bytes) {
    byte[] text = new byte[bytes];
    in.get(text);
    return new String(text, StandardCharsets.UTF_8);
  }
}
