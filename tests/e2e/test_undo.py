"""The way back from a reset, and resets to exact offsets."""

import json

import resets


def manifest(scene, target, **spec):
    spec = {"verify": {"settleSeconds": 0}, "method": "BrokerSide", "direction": "Any", **spec}
    return resets.manifest(scene.namespace, scene.topic, scene.group, target, **spec)


def test_goes_back_to_where_a_reset_found_the_group(cluster, scene):
    before = scene.filled().offsets()
    first = resets.carry_out(cluster, manifest(scene, {"position": "Earliest"}))
    assert first.complete, first.status
    assert {row["committed"] for row in scene.offsets().values()} == {0}

    undo = manifest(scene, {"restoreFrom": {"name": first.name}}, approval="Required")
    cluster.create(undo)
    plan = resets.wait_phase(cluster, undo, "AwaitingApproval").status["plan"]
    assert plan["messagesToSkip"] == 40
    # What was read from it is pinned: the first one is no longer needed.
    cluster.kubectl("delete", f"osr/{first.name}", "-n", scene.namespace)
    resets.change(cluster, undo, approvedPlanHash=plan["hash"])

    result = resets.wait_finished(cluster, undo)
    assert result.complete, result.status
    assert result.status["target"]["summary"] == f"before {first.name}"
    assert scene.offsets() == before


def test_keeps_its_rows_for_people_in_a_config_map_that_goes_with_it(cluster, scene):
    scene.filled()
    result = resets.carry_out(cluster, manifest(scene, {"position": "Earliest"}))
    name = result.status["resultsConfigMapName"]
    assert name == f"{result.name}-results"
    files = cluster.get(f"cm/{name}", "-n", scene.namespace)["data"]
    head, *rows = files["table.txt"].splitlines()
    assert head.split() == ["BROKER", "QUEUE", "MIN", "MAX", "BEFORE", "TARGET", "REPORTED",
                            "AFTER", "STATE", "REASON"]
    assert [row.split()[-2:] for row in rows[:4]] == [["Applied", "Verified"]] * 4, files
    assert len(files["results.csv"].splitlines()) == 1 + 4
    assert json.loads(files["results.json"])["queues"] == result.status["queues"]
    cluster.kubectl("delete", f"osr/{result.name}", "-n", scene.namespace)
    cluster.kubectl("wait", f"cm/{name}", "-n", scene.namespace, "--for=delete", "--timeout=60s")


def test_moves_the_queues_that_are_named_to_exactly_these_offsets(cluster, scene):
    before = scene.filled().offsets()
    broker = scene.release.broker_names()[1]
    result = resets.carry_out(cluster, manifest(scene, {"offsets": [
        {"brokerName": broker, "queueId": 1, "offset": 3}]}))
    assert result.complete, result.status
    after = scene.offsets()
    assert after.pop((broker, 1))["committed"] == 3
    assert after == {key: row for key, row in before.items() if key != (broker, 1)}


def test_takes_the_retry_topic_along(cluster, scene):
    scene.filled().fill("retry", scene.group)
    result = resets.carry_out(cluster, manifest(scene, {"position": "Earliest"},
                                                retryTopic="Reset"))
    assert result.complete, result.status
    # Both topics have a queue 0 on each broker.
    rows = {(row["topic"], row["brokerName"], row["queueId"]) for row in result.status["queues"]}
    assert len(rows) == len(result.status["queues"]) == 2 * (2 + 1)
    assert {topic for topic, _, _ in rows} == {scene.topic, f"%RETRY%{scene.group}"}
