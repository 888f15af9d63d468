package dev.rewindmq.conformance.driver;

/** The command line cannot be carried out as written. */
final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  UsageException(String message) {
    super(message);
  }
}
