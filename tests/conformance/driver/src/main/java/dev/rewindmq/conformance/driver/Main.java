package dev.rewindmq.conformance.driver;

import java.io.PrintStream;
import java.util.Arrays;

/**
 * Drives one official RocketMQ client from a script or a test: {@code produce}, {@code consume},
 * {@code pull}, {@code load}, {@code session}, {@code peer} or {@code admin}.
 *
 * <p>The same sources are compiled against every client version, so only API that exists from 4.2.0
 * to 5.5.0 is used, but for the classes that a version's pom.xml leaves out. Events go to standard
 * output, one line each; all else, the client's own chatter included, goes to standard error.
 * Exit code: 0 done, 1 not done within the deadline, 2 wrong usage, 3 the client failed.
 */
public final class Main {
  private static final String USAGE =
      """
usage: run-client VERSION produce --namesrv ADDR --topic T [--group G] [--count N] [--start I]
           [--mode sync|async|oneway|batch] [--batch-size N] [--tags A,B] [--queue ID]
           [--out FILE] [--deadline-ms MS] [--print-events]
       run-client VERSION consume --namesrv ADDR --topic T --group G [--expect N] [--tags EXPR]
           [--from-last] [--orderly] [--broadcast] [--instance NAME] [--out FILE] [--deadline-ms MS]
           [--commands] [--print-events] [--check-bodies]
       run-client VERSION pull --namesrv ADDR --topic T --group G --expect N [--out FILE]
           [--deadline-ms MS]
       run-client VERSION load --namesrv ADDR --topic T --out FILE [--group G] [--producers N]
           [--body-bytes N] [--deadline-ms MS]
       run-client VERSION session --namesrv ADDR --group G [--deadline-ms MS]
       run-client VERSION peer --namesrv ADDR
       run-client VERSION admin
       run-client VERSION mqadmin COMMAND ...

load reads from standard input:
  mark            at the next acknowledgement: FLOWING ...
  stop            finish and leave: STOPPED ...

session reads from standard input, one a line, and answers with one line or FAILED ...:
  send TOPIC START COUNT sync|async|batch FILE
                  send mixed messages, write what was acknowledged to FILE: SENT ...
  read TOPIC TAGS FILE
                  write every queue and message of the topic to FILE: READ ...
  commit TOPIC PERCENT
                  commit so much of every queue: COMMITTED
  query TOPIC KEY FILE
                  write the messages with this key to FILE: QUERIED ...
  unique TOPIC ID FILE
                  write the message to which its client gave this id to FILE: QUERIED ...
  quit

peer reads requests, TAG VERB name=value ..., from standard input and answers TAG WORD name=value
  ...; values are URL-encoded. The verbs are in PeerCommand and the classes it names.

admin reads command lines for mqadmin, prints what it prints, a bar before each line, and DONE.

consume --commands reads from standard input, one a line:
  expect N MS     wait until N different messages have come: CONSUMED ... or TIMEOUT ...
  quiet IDLE MS   wait until none has come for IDLE ms: QUIET ... or TIMEOUT ...
  assigned N MS   wait until this member owns N queues: ASSIGNED ... or TIMEOUT ...
  commit MS       commit what was consumed, and wait for it: COMMITTED or TIMEOUT
  count | reset-count | dump FILE | quit
""";

  private Main() {}

  public static void main(String[] args) {
    PrintStream out = System.out;
    System.setOut(System.err);
    System.exit(run(args, new Events(out)));
  }

  private static int run(String[] args, Events events) {
    try {
      if (args.length == 0) {
        throw new UsageException("no command given");
      }
      Options options = Options.parse(Arrays.asList(args).subList(1, args.length));
      boolean done =
          switch (args[0]) {
            case "produce" -> new ProduceCommand(options, events).run();
            case "consume" -> new ConsumeCommand(options, events).run();
            case "pull" -> new PullCommand(options, events).run();
            case "load" -> new LoadCommand(options, events).run();
            case "session" -> new SessionCommand(options, events).run();
            case "admin" -> new AdminCommand(events).run();
            case "peer" -> new PeerCommand(options, events).run();
            default -> throw new UsageException("unknown command " + args[0]);
          };
      return done ? 0 : 1;
    } catch (UsageException e) {
      System.err.println(e.getMessage());
      System.err.print(USAGE);
      return 2;
    } catch (Exception e) {
      e.printStackTrace();
      return 3;
    }
  }
}
