"""The main job: a group reads a topic again from a moment on, and the resource tells how."""

import clients
import pytest
import resets

MESSAGES = 10_000
BEFORE_ALL = 0


def assert_rows_are_exact(result, before):
    """Every queue of every broker has its row, and the row's numbers are the brokers'."""
    assert set(result.queues) == set(before)
    for key, row in result.queues.items():
        assert row["state"] == "Applied", row
        assert row["maxOffset"] == before[key]["max"], row
        assert row["beforeOffset"] == before[key]["committed"], row
        assert row["minOffset"] <= row["targetOffset"] <= row["maxOffset"], row


def report_elapsed(report, what, result):
    report(f"kubectl apply to Finished, settleSeconds 0, {what}: {result.elapsed_seconds:.2f} s"
           " (aim: under 3 s; the start-ups of kubectl included)")


@pytest.mark.parametrize("version", [clients.OLDEST, clients.NEWEST])
def test_consumes_all_again(cluster, scene, version):
    scene.produce(MESSAGES, version).receipts()
    consumer = scene.consume(version)
    assert consumer.expect(MESSAGES) == MESSAGES
    before = scene.wait_committed()
    consumer.reset_count()

    result = resets.carry_out(cluster, resets.manifest(
        scene.namespace, scene.topic, scene.group, {"time": resets.rfc3339(BEFORE_ALL)}))

    assert result.complete and not result.failed, result.status
    assert result.reason == "AllQueuesReset"
    assert_rows_are_exact(result, before)
    assert all(row["targetOffset"] == 0 for row in result.queues.values())
    assert result.status["progress"] == f"{len(before)}/{len(before)}"
    assert {row["clientsOnline"] for row in result.brokers.values()} == {1}
    assert consumer.expect(MESSAGES) == MESSAGES
    line = cluster.kubectl("get", f"osr/{result.name}", "-n", scene.namespace).stdout
    assert "Succeeded" in line and result.status["progress"] in line


def test_a_moment_in_the_middle_is_exact(cluster, scene):
    scene.produce(3_000).receipts()
    consumer = scene.consume()
    assert consumer.expect(3_000) == 3_000
    received = consumer.receipts()
    before = scene.wait_committed()
    consumer.reset_count()
    # A message's own store time is in: one millisecond later it would be out.
    moment = sorted(receipt.store_time_ms for receipt in received)[len(received) // 2]
    later = {receipt.key for receipt in received if receipt.store_time_ms >= moment}
    assert 0 < len(later) < len(received)

    result = resets.carry_out(cluster, resets.manifest(
        scene.namespace, scene.topic, scene.group, {"time": resets.rfc3339(moment)}))

    assert result.complete, result.status
    assert result.status["target"]["timestampMillis"] == moment
    assert_rows_are_exact(result, before)
    assert result.status["plan"]["messagesToReplay"] == len(later)
    assert consumer.expect(len(later)) == len(later)
    assert {receipt.key for receipt in consumer.receipts()} == later


@pytest.fixture
def offline(scene):
    """A group that has read everything and left."""
    scene.produce(1_000).receipts()
    consumer = scene.consume()
    assert consumer.expect(1_000) == 1_000
    consumer.quit()
    scene.wait_committed()
    return scene


def test_nobody_to_notify_is_a_failure_on_every_broker(cluster, offline):
    before = offline.offsets()

    result = resets.carry_out(cluster, resets.manifest(
        offline.namespace, offline.topic, offline.group, {"time": resets.rfc3339(BEFORE_ALL)},
        method="NotifyClients", verify={"settleSeconds": 0}))

    assert result.failed and not result.complete, result.status
    assert result.reason == "ConsumerNotOnline"
    assert result.message
    assert set(result.brokers) == {broker for broker, _ in before}
    for row in result.brokers.values():
        assert row["state"] == "Failed", row
        assert row["clientsOnline"] == 0, row
        assert row["remark"], row
    for row in result.queues.values():
        assert (row["state"], row["reason"]) == ("Failed", "ConsumerNotOnline"), row
    assert offline.offsets() == before


def test_an_offline_group_is_reset_at_the_broker(cluster, offline, report):
    before = offline.offsets()

    result = resets.carry_out(cluster, resets.manifest(
        offline.namespace, offline.topic, offline.group, {"time": resets.rfc3339(BEFORE_ALL)},
        verify={"settleSeconds": 0}))

    assert result.complete, result.status
    assert_rows_are_exact(result, before)
    assert {row["method"] for row in result.brokers.values()} == {"BrokerSide"}
    assert {row["committed"] for row in offline.offsets().values()} == {0}
    assert offline.consume().expect(1_000) == 1_000
    report_elapsed(report, "group offline", result)


def test_finished_soon_with_a_consumer_online(cluster, scene, report):
    scene.produce(1_000).receipts()
    consumer = scene.consume()
    assert consumer.expect(1_000) == 1_000
    scene.wait_committed()
    consumer.reset_count()

    # The consumer obeys ten seconds later, so there is nothing to verify at once.
    result = resets.carry_out(cluster, resets.manifest(
        scene.namespace, scene.topic, scene.group, {"time": resets.rfc3339(BEFORE_ALL)},
        verify={"mode": "None", "settleSeconds": 0}))

    assert result.complete, result.status
    assert consumer.expect(1_000) == 1_000
    report_elapsed(report, "consumer online", result)


def test_consumers_say_themselves_that_they_follow(cluster, scene):
    scene.produce(100).receipts()
    consumer = scene.consume()
    assert consumer.expect(100) == 100
    scene.wait_committed()
    consumer.reset_count()

    result = resets.carry_out(cluster, resets.manifest(
        scene.namespace, scene.topic, scene.group, {"time": resets.rfc3339(BEFORE_ALL)},
        verify={"mode": "Clients", "settleSeconds": 60}))

    assert result.complete, result.status
    assert {row["clientsConfirmed"] for row in result.brokers.values()} == {1}
    assert consumer.expect(100) == 100


def test_applying_the_same_object_again_does_nothing(cluster, offline):
    item = resets.manifest(offline.namespace, offline.topic, offline.group,
                           {"time": resets.rfc3339(BEFORE_ALL)}, verify={"settleSeconds": 0})
    first = resets.carry_out(cluster, item)
    consumer = offline.consume()
    assert consumer.expect(1_000) == 1_000
    consumer.reset_count()

    cluster.kubectl("annotate", f"osr/{first.name}", "-n", offline.namespace, "example.com/touch=1")

    assert consumer.quiet(idle_seconds=5) == 0
    again = cluster.get(f"osr/{first.name}", "-n", offline.namespace)["status"]
    assert again == first.status
