package dev.rewindmq.conformance.reset;

import dev.rewindmq.conformance.harness.Peer;

/** A message by its unique id and its place: only where both are the same is it the same. */
record Message(String id, int queue, long offset) {
  static Message of(Peer.Answer answer) {
    return new Message(
        answer.get("id"), (int) answer.number("queue"), answer.number("offset"));
  }
}
