package dev.rewindmq.conformance.driver;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * One client process that many tests share: it obeys requests from standard input, each on a
 * thread of its own, and tags every answer with the request's tag. Tests differ in topics and
 * groups, so that they do not see one another.
 */
final class PeerCommand {
  private final Options options;
  private final Events events;

  PeerCommand(Options options, Events events) {
    this.options = options;
    this.events = events;
  }

  boolean run() throws IOException {
    PeerClients clients = new PeerClients(options.required("namesrv"));
    ExecutorService threads = Executors.newCachedThreadPool();
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    events.emit("STARTED");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      Request request = new Request(line, events);
      threads.execute(() -> obey(request, clients));
    }
    threads.shutdown();
    clients.stopAll();
    return true;
  }

  private static void obey(Request request, PeerClients clients) {
    try {
      Ability ability =
          switch (request.verb()) {
            case "create" -> PeerTopics::create;
            case "queues" -> PeerTopics::queues;
            case "search" -> PeerTopics::search;
            case "read" -> PeerTopics::read;
            case "send" -> PeerSender::send;
            case "consume" -> PeerConsumer::start;
            case "stop" -> PeerCommand::stop;
            case "join" -> PeerMembers::join;
            case "assigned" -> PeerMembers::assigned;
            case "commit" -> PeerMembers::commit;
            case "leave" -> PeerMembers::leave;
            case "pull" -> PeerPuller::pull;
            case "compressed" -> Ability.of("Compression");
            case "lite" -> Ability.of("LitePull");
            case "recall" -> Ability.of("Recall");
            case "timer" -> Ability.of("Timers");
            case "traced" -> Ability.of("Tracing");
            case "transact" -> Ability.of("Transactions", "OldTransactions");
            case "request" -> Ability.of("Asking");
            case "reply" -> Ability.of("Replying");
            default -> throw new UsageException("unknown verb " + request.verb());
          };
      ability.run(request, clients);
    } catch (Exception e) {
      e.printStackTrace();
      request.answer("FAILED", "error", e);
    }
  }

  private static void stop(Request request, PeerClients clients) {
    clients.stopConsumer(request.get("group"));
    request.answer("STOPPED");
  }
}
