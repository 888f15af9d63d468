package dev.rewindmq.conformance.reset;

import java.util.List;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.function.Executable;

/** Groups that go through the steps of a test together. */
record Groups(List<Group> all) {
  interface Step {
    void run(Group group) throws Exception;
  }

  /** Every group's step, and then all that failed: one fault shall not hide another. */
  void each(Step step) {
    Assertions.assertAll(all.stream().map(group -> (Executable) () -> step.run(group)));
  }

  /** Everybody online, everything consumed and committed. */
  void startAndConsumeAll() {
    each(Group::start);
    each(Group::awaitStarted);
    each(Group::consumeAll);
  }
}
