package dev.rewindmq.conformance.driver;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.rocketmq.common.message.Message;

/**
 * Messages as unlike each other as a store can meet them: bodies from 1 byte to 100 KiB, long ones
 * that the client compresses, three tags or none, one key or several, properties in other letters.
 */
final class MixedMessages {
  static final int LARGEST_BYTES = 100 * 1024;
  private static final int COMPRESSED_BYTES = 20_000;
  private static final int ORDINARY_BYTES = 1_500;
  private static final String[] TAGS = {"TagA", "TagB", "标签", null};

  private MixedMessages() {}

  static List<Message> of(String topic, int start, int count) {
    List<Message> messages = new ArrayList<>(count);
    for (int i = start; i < start + count; i++) {
      String key = "K" + i;
      Message message = new Message(topic, body(i, key));
      String tag = TAGS[i % TAGS.length];
      if (tag != null) {
        message.setTags(tag);
      }
      // Up to four of ten messages have their second key in common.
      message.setKeys(i % 3 == 0 ? key + " Ten" + i / 10 : key);
      message.setFlag(i % 5);
      message.putUserProperty("número", Integer.toString(i));
      messages.add(message);
    }
    return messages;
  }

  private static byte[] body(int i, String key) {
    if (i % 250 == 100) {
      return Bodies.random(key, LARGEST_BYTES);
    }
    if (i % 50 == 25) {
      return Bodies.repeating(key, COMPRESSED_BYTES);
    }
    return Bodies.random(key, 1 + i * 37 % ORDINARY_BYTES);
  }

  /** Tells whether a message is, key and body, one of {@link #of}. */
  static boolean isOne(String keys, byte[] body) {
    String key = keys.split(" ")[0];
    return Arrays.equals(body, body(Integer.parseInt(key.substring(1)), key));
  }
}
