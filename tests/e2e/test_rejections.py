"""Manifests that the API server itself refuses, with words that help."""

import copy
import json

import pytest
import resets
from cluster import ROOT

SPECS = ROOT / "tests" / "golden" / "offsetreset" / "specs.json"

TIME = {"time": "2026-01-02T03:04:05Z"}
QUEUE = {"brokerName": "b", "queueId": 0}


def changed(item, path, value):
    """A copy of the item with spec.PATH set; None removes it."""
    item = copy.deepcopy(item)
    *folders, last = path.split(".")
    place = item["spec"]
    for folder in folders:
        place = place.setdefault(folder, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return item


@pytest.fixture
def valid(release):
    return resets.manifest(release.namespace, "orders", "billing", TIME)


def test_the_template_of_these_tests_is_accepted(cluster, valid):
    cluster.create(valid, "--dry-run=server")


@pytest.mark.parametrize("path, value, message", [
    ("topic", None, "spec.topic: Required value"),
    ("topic", "", "spec.topic in body should be at least 1 chars long"),
    ("topic", "no spaces", "spec.topic in body should match"),
    ("topic", "t" * 128, "may not be more than 127"),
    ("consumerGroup", None, "spec.consumerGroup: Required value"),
    ("consumerGroup", "CID_RMQ_SYS_TRANS", "must not be a system group"),
    ("cluster", {}, "exactly one of `nameServers` and `serviceRef`"),
    ("cluster.nameServers", ["ns:9876"], "exactly one of `nameServers` and `serviceRef`"),
    ("cluster", {"nameServers": ["no-port"]}, "spec.cluster.nameServers[0] in body should match"),
    ("cluster", {"nameServers": []}, "should have at least 1 items"),
    ("cluster", {"serviceRef": {"name": "ns", "port": 70000}}, "less than or equal to 65535"),
    ("target", {}, "exactly one of `time`, `ago`, `position`"),
    ("target", {"time": "2026-01-02T03:04:05Z", "ago": "1h"}, "exactly one of `time`, `ago`"),
    ("target", {"time": "yesterday"}, "spec.target.time in body must be of type date-time"),
    ("target", {"time": "2026-13-02T03:04:05Z"}, "must be of type date-time"),
    ("target", {"ago": "1h30m"}, "spec.target.ago in body should match"),
    ("target", {"position": "Now"}, 'supported values: "Earliest", "Latest"'),
    ("target", {"position": "Latest"}, "drops unread messages"),
    ("target", {"offsets": [{**QUEUE, "offset": 1}]}, "`method` must be 'BrokerSide' when exact"),
    ("target", {"restoreFrom": {"name": "x"}}, "`method` must be 'BrokerSide' when exact"),
    ("scope.queues", [QUEUE], "`method` must be 'BrokerSide' when `scope.queues`"),
    ("scope.brokerNames", ["b", "b"], "Duplicate value"),
    ("scope", {}, "should have at least 1 properties"),
    ("direction", "Sideways", 'supported values: "RewindOnly", "SkipOnly", "Any"'),
    ("method", "Magic", 'supported values: "Auto", "NotifyClients", "BrokerSide"'),
    ("approvedPlanHash", "0123456789abcdef", "only be set when `approval` is 'Required'"),
    ("verify.settleSeconds", -1, "greater than or equal to 0"),
    ("verify.settleSeconds", 600, "must be greater than `verify.settleSeconds`"),
    ("backoffLimit", 21, "less than or equal to 20"),
    ("topik", "x", 'unknown field "spec.topik"'),
])
def test_refuses(cluster, valid, path, value, message):
    done = cluster.create(changed(valid, path, value), "--dry-run=server", check=False)
    assert done.returncode != 0
    assert message in done.stderr


def test_judges_as_the_reader_of_manifests_does(cluster, release):
    """The same specs are put before that reader by tests/unit/operator/api/spec_cases_test.cc."""
    cases = json.loads(SPECS.read_text())
    items = {}
    for case in cases["accepted"] + cases["refused"]:
        item = resets.manifest(release.namespace, "", "", {})
        item["metadata"]["name"] = f"case-{case['name']}"
        item["spec"] = {**cases["base"], **case["set"]}
        items[case["name"]] = item
    text = "\n---\n".join(json.dumps(item) for item in items.values())
    done = cluster.kubectl("create", "--dry-run=server", "-f", "-", stdin=text, check=False)
    accepted = {line.split()[0].split("/")[1] for line in done.stdout.splitlines()}
    assert accepted == {f"case-{case['name']}" for case in cases["accepted"]}, done.stderr
    for case in cases["refused"]:
        lines = [line for line in done.stderr.splitlines() if f'"case-{case["name"]}"' in line]
        assert "".join(lines).count(case["refused"]) or not lines, (case, lines)


@pytest.mark.parametrize("changes, message", [
    ({"dryRun": True, "approval": "Required"}, "may not be 'Required' for a dry run"),
    ({"target": {"position": "Earliest"}, "direction": "SkipOnly"},
     "must be 'RewindOnly' or 'Any' when `target.position` is 'Earliest'"),
])
def test_refuses_what_contradicts_itself(cluster, valid, changes, message):
    valid["spec"].update(changes)
    done = cluster.create(valid, "--dry-run=server", check=False)
    assert done.returncode != 0
    assert message in done.stderr


@pytest.fixture
def stored(cluster, release):
    """An object that waits for a nameserver that is not there."""
    item = resets.manifest(release.namespace, "orders", "billing", TIME,
                           cluster={"nameServers": ["127.0.0.1:1"]}, approval="Required",
                           scope={"brokerNames": ["b"]})
    cluster.create(item)
    yield item
    cluster.kubectl("delete", f"osr/{item['metadata']['name']}", "-n", release.namespace)


def patch(cluster, item, body, *arguments):
    return cluster.kubectl("patch", f"osr/{item['metadata']['name']}", "-n",
                           item["metadata"]["namespace"], "--type=merge", "-p", body, *arguments,
                           check=False)


@pytest.mark.parametrize("body, message", [
    ('{"spec": {"topic": "other"}}', "`topic` is immutable"),
    ('{"spec": {"consumerGroup": "other"}}', "`consumerGroup` is immutable"),
    ('{"spec": {"cluster": {"nameServers": ["other:9876"]}}}', "`cluster` is immutable"),
    ('{"spec": {"target": {"time": "2026-01-02T03:04:06Z"}}}', "`target` is immutable"),
    ('{"spec": {"direction": "Any"}}', "`direction` is immutable"),
    ('{"spec": {"method": "BrokerSide"}}', "`method` is immutable"),
    ('{"spec": {"dryRun": true, "approval": "Automatic"}}', "`dryRun` is immutable"),
    ('{"spec": {"approval": "Automatic"}}', "`approval` is immutable"),
    ('{"spec": {"interruptedPolicy": "Resume"}}', "`interruptedPolicy` is immutable"),
    ('{"spec": {"verify": {"settleSeconds": 1}}}', "`verify` is immutable"),
    ('{"spec": {"scope": {"brokerNames": ["c"]}}}', "`scope` is immutable"),
    ('{"spec": {"retryTopic": "Reset"}}', "`retryTopic` is immutable"),
    ('{"spec": {"replay": {"until": "2026-01-02T04:04:05Z"}}}', "`replay` may not be added"),
    ('{"spec": {"scope": null}}', "may not be added or removed after creation"),
    ('{"spec": {"limits": {"maxSkipMessages": 1}}}', "may not be added or removed after creation"),
])
def test_refuses_another_spec_after_creation(cluster, stored, body, message):
    done = patch(cluster, stored, body)
    assert done.returncode != 0
    assert message in done.stderr


def test_the_resolved_target_is_pinned(cluster, stored):
    # The operator may have pinned its own moment first; either way the second one is another.
    for moment in (1, 2):
        body = json.dumps({"status": {"target": {"timestampMillis": moment}}})
        done = patch(cluster, stored, body, "--subresource=status")
    assert done.returncode != 0
    assert "the resolved target may not change" in done.stderr


def test_a_finished_reset_is_closed(cluster, stored):
    done = patch(cluster, stored, '{"status": {"completionTime": "2026-01-02T03:04:05Z"}}',
                 "--subresource=status")
    assert done.returncode == 0, done.stderr
    done = patch(cluster, stored, '{"spec": {"cancel": true}}')
    assert done.returncode != 0
    assert "a finished OffsetReset may not be approved, cancelled" in done.stderr


def test_every_field_is_explained(cluster, release):
    for field in ("spec", "spec.target.time", "spec.verify.settleSeconds", "status.queues",
                  "status.conditions.reason"):
        text = cluster.kubectl("explain", f"osr.{field}").stdout
        assert "<empty>" not in text, text


def test_of_a_replay_only_pause_and_speed_may_change(cluster, release):
    item = resets.manifest(release.namespace, "orders", "billing", TIME,
                           cluster={"nameServers": ["127.0.0.1:1"]}, backoffLimit=20,
                           replay={"until": "2026-01-02T04:04:05Z", "tag": "A"})
    cluster.create(item)
    try:
        for body in ('{"until": "2026-01-02T05:04:05Z"}', '{"tag": "B"}', '{"tag": null}'):
            done = patch(cluster, item, f'{{"spec": {{"replay": {body}}}}}')
            assert done.returncode != 0
            assert "`until`, `tag` and `sql` of `replay` are immutable" in done.stderr
        done = patch(cluster, item,
                     '{"spec": {"replay": {"paused": true, "messagesPerSecond": 5}}}')
        assert done.returncode == 0, done.stderr
    finally:
        cluster.kubectl("delete", f"osr/{item['metadata']['name']}", "-n", release.namespace)
