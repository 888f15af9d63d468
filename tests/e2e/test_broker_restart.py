"""A broker's pod is deleted while messages come in: nothing acknowledged is lost."""

import resets

MESSAGES = 6_000
KILL_AFTER = "ACKED 2000"


def test_a_deleted_broker_pod_loses_nothing(cluster, scene):
    victim = scene.release.broker_names()[0]
    producer = scene.produce(MESSAGES, deadline_seconds=180)
    producer.wait_event(KILL_AFTER, 120)

    cluster.kubectl("delete", "pod", victim, "-n", scene.namespace, timeout=180)
    acknowledged = producer.receipts()

    cluster.kubectl("wait", f"pod/{victim}", "-n", scene.namespace, "--for=condition=Ready",
                    "--timeout=60s")
    consumer = scene.consume()
    consumer.expect(MESSAGES)
    # A message whose answer was lost may be there twice; none may be missing.
    places = {(each.store_id, each.key) for each in consumer.receipts()}
    missing = [each for each in acknowledged if (each.store_id, each.key) not in places]
    assert missing == []

    total = consumer.quiet()
    scene.wait_committed()
    consumer.reset_count()
    result = resets.carry_out(cluster, resets.manifest(
        scene.namespace, scene.topic, scene.group, {"time": resets.rfc3339(0)}))
    assert result.complete, result.status
    assert victim in result.brokers
    assert consumer.expect(total) == total
