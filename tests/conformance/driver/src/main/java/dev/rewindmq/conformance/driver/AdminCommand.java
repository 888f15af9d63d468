package dev.rewindmq.conformance.driver;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.apache.rocketmq.tools.command.MQAdminStartup;

/**
 * The official mqadmin for many commands in one process: reads a command line per line, prints what
 * the tool printed, errors too, with {@code | } before each line, and {@code DONE}.
 */
final class AdminCommand {
  private final Events events;

  AdminCommand(Events events) {
    this.events = events;
  }

  boolean run() throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    PrintStream output = System.out;
    PrintStream errors = System.err;
    events.emit("STARTED");
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      ByteArrayOutputStream printed = new ByteArrayOutputStream();
      PrintStream capture = new PrintStream(printed, true, StandardCharsets.UTF_8);
      System.setOut(capture);
      System.setErr(capture);
      MQAdminStartup.main0(line.trim().split(" +"), null);
      System.setOut(output);
      System.setErr(errors);
      printed.toString(StandardCharsets.UTF_8).lines().forEach(one -> events.emit("| %s", one));
      events.emit("DONE");
    }
    return true;
  }
}
