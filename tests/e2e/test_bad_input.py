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


@pytest.mark.parametrize("spec", [
    {"approval": "Required"},
    {"target": {"restoreFrom": {"name": "another"}}, "method": "BrokerSide"},
])
def test_what_is_not_served_yet_is_refused_and_never_ignored(cluster, scene, spec):
    result = refused(cluster, manifest(scene, **spec))
    assert result.reason == "NotSupportedYet"
    assert result.conditions["Accepted"]["status"] == "False"


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
