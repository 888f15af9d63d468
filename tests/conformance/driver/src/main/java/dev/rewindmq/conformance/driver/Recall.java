package dev.rewindmq.conformance.driver;

/** Takes a timer message back before its time (since 5.3.2). */
final class Recall implements Ability {
  @Override
  public void run(Request request, PeerClients clients) throws Exception {
    String id = clients.producer().recallMessage(request.get("topic"), request.get("handle"));
    request.answer("RECALLED", "id", id);
  }
}
