package dev.rewindmq.conformance.driver;

/**
 * What only some client versions can do. A version is compiled without the classes it has no API
 * for (its pom.xml excludes them), so they are found by name.
 */
interface Ability {
  void run(Request request, PeerClients clients) throws Exception;

  /** The first of these classes that there is, or a refusal that names the client's lack of it. */
  static Ability of(String... classNames) {
    for (String name : classNames) {
      try {
        Class<?> type = Class.forName(Ability.class.getPackageName() + "." + name);
        return (Ability) type.getDeclaredConstructor().newInstance();
      } catch (ClassNotFoundException e) {
        continue;
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException(e);
      }
    }
    throw new UsageException("this client version has no " + classNames[0]);
  }
}
