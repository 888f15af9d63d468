"""An interval comes again through the group's retry topic; its offsets stay where they are."""

import time

import resets

MESSAGES = 1_000


def manifest(scene, receipts, **replay):
    times = [receipt.store_time_ms for receipt in receipts]
    return resets.manifest(scene.namespace, scene.topic, scene.group,
                           {"time": resets.rfc3339(min(times))},
                           replay={"until": resets.rfc3339(max(times) + 1), **replay})


def consumed(scene):
    scene.fill("retry", scene.group)
    scene.produce(MESSAGES).receipts()
    consumer = scene.consume()
    assert consumer.expect(MESSAGES) == MESSAGES
    receipts = consumer.receipts()
    before = scene.wait_committed()
    consumer.reset_count()
    return consumer, receipts, before


def test_replays_pauses_changes_speed_and_ends(cluster, scene, report):
    consumer, receipts, before = consumed(scene)

    item = manifest(scene, receipts, messagesPerSecond=100)
    cluster.create(item)
    resets.wait_phase(cluster, item, "Replaying")
    resets.change(cluster, item, replay={"paused": True})
    paused = resets.wait_phase(cluster, item, "Paused").status["replay"]
    assert paused["state"] == "Paused"
    assert 0 <= paused["delivered"] < MESSAGES

    # Whoever is the operator next finds it as it was.
    cluster.kubectl("delete", "pod", "-n", scene.namespace, "-l",
                    "app.kubernetes.io/component=operator")
    started = time.monotonic()
    resets.change(cluster, item, replay={"paused": False, "messagesPerSecond": 100_000})
    result = resets.wait_finished(cluster, item)
    report(f"replay of {MESSAGES} messages, from going on to Finished, with a new operator: "
           f"{time.monotonic() - started:.2f} s")
    assert result.complete and result.reason == "Replayed", result.status
    assert result.status["replay"]["delivered"] == MESSAGES
    assert result.status["replay"]["unconsumed"] == 0
    assert result.status["progress"] == f"{len(before)}/{len(before)}"
    assert all(row["replay"]["nextOffset"] == row["replay"]["endOffset"]
               for row in result.queues.values()), result.queues
    assert consumer.expect(MESSAGES) == MESSAGES
    assert scene.offsets() == before
    line = cluster.kubectl("get", f"osr/{result.name}", "-n", scene.namespace, "-o", "wide").stdout
    assert "Replayed" in line and str(MESSAGES) in line


def test_replays_what_has_the_tag(cluster, scene):
    scene.filled(queues=2, count=20).fill("retry", scene.group)
    consumer = scene.consume()
    now_ms = int(time.time() * 1000)
    item = resets.manifest(scene.namespace, scene.topic, scene.group,
                           {"time": resets.rfc3339(now_ms - 3_600_000)},
                           replay={"until": resets.rfc3339(now_ms), "tag": "B"})
    cluster.create(item)
    result = resets.wait_finished(cluster, item)
    assert result.complete, result.status
    # Two brokers with two queues each; every second message has the tag.
    assert result.status["replay"]["delivered"] == 40
    assert result.status["replay"]["filtered"] == 40
    assert consumer.quiet() == 40


def begin_slowly(cluster, scene):
    scene.filled(queues=2, count=20)
    now_ms = int(time.time() * 1000)
    item = resets.manifest(scene.namespace, scene.topic, scene.group,
                           {"time": resets.rfc3339(now_ms - 3_600_000)},
                           replay={"until": resets.rfc3339(now_ms), "messagesPerSecond": 2})
    cluster.create(item)
    resets.wait_phase(cluster, item, "Replaying")
    return item


def test_deleted_while_no_operator_runs_it_ends_at_the_brokers_first(cluster, scene):
    item = begin_slowly(cluster, scene)
    name = f"osr/{item['metadata']['name']}"
    scale = ("scale", "deployment", "-n", scene.namespace, "-l",
             "app.kubernetes.io/component=operator")
    cluster.kubectl(*scale, "--replicas=0")
    try:
        cluster.kubectl("wait", "pod", "-n", scene.namespace, "-l",
                        "app.kubernetes.io/component=operator", "--for=delete", "--timeout=60s")
        cluster.kubectl("delete", name, "-n", scene.namespace, "--wait=false")
        scene.fill("replays", "Running")
    finally:
        cluster.kubectl(*scale, "--replicas=1")
    cluster.kubectl("wait", name, "-n", scene.namespace, "--for=delete", "--timeout=60s")
    scene.fill("replays", "Cancelled")


def test_is_cancelled_at_the_brokers(cluster, scene):
    item = begin_slowly(cluster, scene)
    resets.change(cluster, item, cancel=True)
    result = resets.wait_finished(cluster, item)
    assert result.reason == "Cancelled", result.status
    assert result.status["replay"]["state"] == "Cancelled"
    assert result.status["replay"]["delivered"] < 80
