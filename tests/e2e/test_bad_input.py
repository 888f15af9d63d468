"""Wishes that cannot be fulfilled end in a condition that says why, and touch nothing."""

import time

import clients
import pytest
import resets

EARLIEST = {"position": "Earliest"}
HOUR_MS = 3_600_000


def refused(cluster, item):
    result = resets.carry_out(cluster, item)
    assert result.failed and not result.complete, result.status
    assert result.message
    assert "completionTime" in result.status
    assert all(row["state"] != "Applied" for row in result.queues.values()), result.status
    return result


def manifest(scene, target=None, **spec):
    spec = {"verify": {"settleSeconds": 0}, **spec}
    return resets.manifest(scene.namespace, scene.topic, scene.group, target or EARLIEST, **spec)


def test_unknown_topic(cluster, scene):
    result = refused(cluster, manifest(scene))
    assert result.reason == "TopicNotFound"
    assert scene.topic in result.message


def test_unknown_group(cluster, scene):
    scene.produce(10).receipts()
    result = refused(cluster, manifest(scene))
    assert result.reason == "ConsumerGroupNotFound"
    assert scene.group in result.message


def test_a_group_that_never_committed(cluster, scene):
    scene.produce(10).receipts()
    # The group is known by its consumer, which reads something else.
    other = f"{scene.topic}-other"
    scene.produce(10, topic=other).receipts()
    assert scene.consume(topic=other).expect(10) == 10

    before = scene.offsets()

    result = refused(cluster, manifest(scene))

    assert result.reason == "NoCommittedOffset"
    assert scene.offsets() == before


def test_a_moment_in_the_future(cluster, scene):
    tomorrow = resets.rfc3339(int(time.time() * 1000) + 24 * HOUR_MS)
    result = refused(cluster, manifest(scene, {"time": tomorrow}))
    assert result.reason == "TargetTimeInFuture"
    assert result.conditions["Accepted"]["status"] == "False"


@pytest.mark.parametrize("address", ["127.0.0.1:1", "no-such-host.invalid:9876"])
def test_a_nameserver_that_does_not_answer(cluster, scene, address):
    result = refused(cluster, manifest(scene, cluster={"nameServers": [address]}, backoffLimit=1,
                                       requestTimeoutSeconds=1))
    assert result.reason == "NameServerUnreachable"
    assert address in result.message


def test_a_service_that_does_not_exist(cluster, scene):
    result = refused(cluster, manifest(scene, cluster={"serviceRef": {"name": "nowhere"}},
                                       backoffLimit=1, requestTimeoutSeconds=1))
    assert result.reason == "NameServerUnreachable"
    assert "nowhere" in result.message


def test_something_else_answers_on_the_nameservers_port(cluster, scene):
    api_server = cluster.get("service/kubernetes", "-n", "default")["spec"]["clusterIP"]
    result = refused(cluster, manifest(scene, cluster={"nameServers": [f"{api_server}:443"]},
                                       backoffLimit=1, requestTimeoutSeconds=2))
    assert result.reason == "NameServerUnreachable"


def test_credentials_are_refused_and_never_ignored(cluster, scene):
    result = refused(cluster, manifest(scene, cluster={
        "nameServers": ["127.0.0.1:1"], "credentialsSecretRef": {"name": "keys"}}))
    assert result.reason == "NotSupportedYet"
    assert result.conditions["Accepted"]["status"] == "False"


def exact(scene, offset, queue_id=0):
    broker = scene.release.broker_names()[0]
    return manifest(scene, {"offsets": [
        {"brokerName": broker, "queueId": queue_id, "offset": offset}]}, method="BrokerSide",
        direction="Any")


def test_an_interval_that_has_not_ended(cluster, scene):
    now_ms = int(time.time() * 1000)
    result = refused(cluster, manifest(
        scene, {"time": resets.rfc3339(now_ms - HOUR_MS)},
        replay={"until": resets.rfc3339(now_ms + HOUR_MS)}))
    assert result.reason == "TargetTimeInFuture"
    assert "spec.replay.until" in result.message


def test_an_interval_that_ends_before_it_begins(cluster, scene):
    result = refused(cluster, manifest(scene, {"ago": "1h"},
                                       replay={"until": "2026-01-02T03:04:05Z"}))
    assert result.reason == "UntilBeforeTime"


def test_exact_offsets_that_no_queue_has(cluster, scene):
    before = scene.filled().offsets()

    result = refused(cluster, exact(scene, 11))
    assert result.reason == "OffsetOutOfRange"
    assert "10" in result.message

    result = refused(cluster, exact(scene, 1, queue_id=7))
    assert result.reason == "QueueNotFound"
    assert scene.offsets() == before


def test_more_than_the_limits_allow(cluster, scene):
    before = scene.filled().offsets()
    result = refused(cluster, manifest(scene, limits={"maxReplayMessages": 39}))
    assert result.reason == "LimitExceeded"
    assert "40" in result.message and "39" in result.message
    assert scene.offsets() == before


def awaiting(cluster, scene, **spec):
    item = manifest(scene, approval="Required", **spec)
    cluster.create(item)
    return item, resets.wait_phase(cluster, item, "AwaitingApproval").status["plan"]["hash"]


def test_a_topic_that_was_deleted_since_the_plan(cluster, scene):
    item, plan = awaiting(cluster, scene.filled())
    scene.fill("delete")
    resets.change(cluster, item, approvedPlanHash=plan)
    result = resets.wait_finished(cluster, item)
    assert result.reason == "TopicNotFound", result.status


def test_queues_that_came_since_the_plan(cluster, scene):
    item, plan = awaiting(cluster, scene.filled())
    scene.fill("widen", 3)
    resets.change(cluster, item, approvedPlanHash=plan)
    result = resets.wait_finished(cluster, item)
    assert result.reason == "RouteChanged", result.status
    assert {row["committed"] for row in scene.offsets().values()} <= {10, None}


def test_another_plan_than_the_approved_one(cluster, scene):
    before = scene.filled().offsets()
    result = refused(cluster, manifest(scene, approval="Required",
                                       approvedPlanHash="0123456789abcdef"))
    assert result.reason == "PlanHashChanged"
    assert "0123456789abcdef" in result.message
    assert scene.offsets() == before


def test_two_at_once_go_one_after_the_other(cluster, scene):
    scene.filled()
    now_ms = int(time.time() * 1000)
    first = manifest(scene, {"time": resets.rfc3339(now_ms - HOUR_MS)},
                     replay={"until": resets.rfc3339(now_ms), "paused": True})
    cluster.create(first)
    resets.wait_phase(cluster, first, "Paused")
    second = manifest(scene)
    cluster.create(second)
    queued = resets.wait_phase(cluster, second, "Queued")
    assert queued.conditions["Planned"]["reason"] == "ConcurrentReset"
    assert first["metadata"]["name"] in queued.conditions["Planned"]["message"]

    resets.change(cluster, first, cancel=True)
    assert resets.wait_finished(cluster, first).reason == "Cancelled"
    assert resets.wait_finished(cluster, second).reason == "AllQueuesReset"


def test_restoring_from_nothing(cluster, scene):
    wish = {"restoreFrom": {"name": "no-such-reset"}}
    result = refused(cluster, manifest(scene, wish, method="BrokerSide", direction="Any"))
    assert result.reason == "RestoreSourceNotFound"
    assert "no-such-reset" in result.message


def test_the_operator_survives_all_that(cluster, scene):
    """A good reset still works, and no program had to be started again."""
    scene.produce(100, clients.NEWEST).receipts()
    consumer = scene.consume()
    assert consumer.expect(100) == 100
    consumer.quit()
    result = resets.carry_out(cluster, manifest(scene))
    assert result.complete, result.status
    for pod in scene.release.pods():
        assert pod["status"]["containerStatuses"][0]["restartCount"] == 0, pod["metadata"]["name"]
