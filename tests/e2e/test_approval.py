"""A plan that somebody looks at first, and objects that go away by themselves."""

import resets

EARLIEST = {"position": "Earliest"}


def manifest(scene, **spec):
    spec = {"verify": {"settleSeconds": 0}, **spec}
    return resets.manifest(scene.namespace, scene.topic, scene.group, EARLIEST, **spec)


def wide(cluster, item):
    return cluster.kubectl("get", f"osr/{item['metadata']['name']}", "-n",
                           item["metadata"]["namespace"], "-o", "wide").stdout


def test_acts_once_the_plan_is_approved(cluster, scene):
    before = scene.filled().offsets()
    item = manifest(scene, approval="Required")
    cluster.create(item)

    waiting = resets.wait_phase(cluster, item, "AwaitingApproval")
    plan = waiting.status["plan"]
    assert plan["messagesToReplay"] == 40
    assert {row["state"] for row in waiting.queues.values()} == {"Planned"}
    assert plan["hash"] in waiting.conditions["Approved"]["message"]
    assert plan["hash"] in wide(cluster, item)
    assert scene.offsets() == before

    resets.change(cluster, item, approvedPlanHash=plan["hash"])
    result = resets.wait_finished(cluster, item)
    assert result.complete and result.reason == "AllQueuesReset", result.status
    assert {row["committed"] for row in scene.offsets().values()} == {0}


def test_is_cancelled_while_it_waits(cluster, scene):
    before = scene.filled().offsets()
    item = manifest(scene, approval="Required")
    cluster.create(item)
    resets.wait_phase(cluster, item, "AwaitingApproval")
    resets.change(cluster, item, cancel=True)
    result = resets.wait_finished(cluster, item)
    assert result.reason == "Cancelled" and result.status["phase"] == "Cancelled"
    assert scene.offsets() == before


def test_a_dry_run_shows_the_plan_and_does_nothing(cluster, scene):
    before = scene.filled().offsets()
    result = resets.carry_out(cluster, manifest(scene, dryRun=True))
    assert result.complete and result.reason == "DryRunComplete", result.status
    assert result.status["plan"]["messagesToReplay"] == 40
    assert scene.offsets() == before


def test_is_deleted_when_its_time_is_over_unless_gitops_would_bring_it_back(cluster, scene):
    scene.filled()
    kept = manifest(scene, ttlSecondsAfterFinished=0)
    kept["metadata"]["annotations"] = {"argocd.argoproj.io/tracking-id": "app:rewindmq.dev/..."}
    resets.carry_out(cluster, kept)
    brief = manifest(scene, dryRun=True, ttlSecondsAfterFinished=1)
    cluster.create(brief)
    cluster.kubectl("wait", f"osr/{brief['metadata']['name']}", "-n", scene.namespace,
                    "--for=delete", "--timeout=30s")
    assert resets.read(cluster, kept).complete
    events = cluster.kubectl("get", "events", "-n", scene.namespace, "--field-selector",
                             f"involvedObject.name={kept['metadata']['name']}").stdout
    assert "TTLIgnoredGitOpsManaged" in events and "Argo CD" in events
