package dev.rewindmq.conformance.harness;

import java.util.Map;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ParameterContext;
import org.junit.jupiter.api.extension.ParameterResolver;

/**
 * Hands every test a {@link Scene} of its own on one cluster, started at the first use and stopped
 * at the end of the run. Tests share the servers, never a topic or a group.
 */
public final class SharedCluster implements ParameterResolver {
  private static final ExtensionContext.Namespace NAMESPACE =
      ExtensionContext.Namespace.create(SharedCluster.class);

  /**
   * Transactions are asked about early; SQL92 and recall, by default not allowed, are. A machine
   * that runs many tests at once may keep a send waiting, which a one-way sender would not hear of.
   */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "transactionTimeOut",
          "1500",
          "transactionCheckInterval",
          "1000",
          // 5.x collects the ends of transactions for 3 s, in which it would ask about them.
          "transactionOpBatchInterval",
          "100",
          "recallMessageEnable",
          "true",
          "enablePropertyFilter",
          "true",
          "waitTimeMillsInSendQueue",
          "10000");

  @Override
  public boolean supportsParameter(ParameterContext parameter, ExtensionContext context) {
    return parameter.getParameter().getType() == Scene.class;
  }

  @Override
  public Object resolveParameter(ParameterContext parameter, ExtensionContext context) {
    ExtensionContext.Store global = context.getRoot().getStore(NAMESPACE);
    Cluster cluster =
        global.getOrComputeIfAbsent("cluster", unused -> startCluster(), Cluster.class);
    // The test's own store closes the scene, and with it every client the test has left running.
    return context
        .getStore(NAMESPACE)
        .getOrComputeIfAbsent("scene", unused -> new Scene(cluster), Scene.class);
  }

  private static Cluster startCluster() {
    try {
      return Cluster.start(ServerKind.current(), SETTINGS, Map.of());
    } catch (Exception e) {
      throw new IllegalStateException("the servers did not start", e);
    }
  }
}
