"""OffsetReset objects: making them, waiting for their end, reading their status."""

import datetime
import json
import secrets
import time

WAIT_SECONDS = 120


def rfc3339(time_ms):
    moment = datetime.datetime.fromtimestamp(time_ms / 1000, datetime.timezone.utc)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{time_ms % 1000:03d}Z"


def manifest(namespace, topic, group, target, **spec):
    return {
        "apiVersion": "rewindmq.dev/v1alpha1",
        "kind": "OffsetReset",
        "metadata": {"name": f"osr-{secrets.token_hex(4)}", "namespace": namespace},
        "spec": {"cluster": {"serviceRef": {"name": "rewindmq-nameserver"}}, "topic": topic,
                 "consumerGroup": group, "target": target, **spec},
    }


class Finished:
    """An OffsetReset that has come to its end, or as far as it goes by itself."""

    def __init__(self, item, elapsed_seconds=0.0):
        self.name = item["metadata"]["name"]
        self.status = item["status"]
        self.elapsed_seconds = elapsed_seconds
        self.conditions = {each["type"]: each for each in self.status["conditions"]}
        self.queues = {(row["brokerName"], row["queueId"]): row
                       for row in self.status.get("queues", [])}
        self.brokers = {row["name"]: row for row in self.status.get("brokers", [])}

    @property
    def complete(self):
        return self.conditions.get("Complete", {}).get("status") == "True"

    @property
    def failed(self):
        return self.conditions.get("Failed", {}).get("status") == "True"

    @property
    def reason(self):
        return self.conditions["Finished"]["reason"]

    @property
    def message(self):
        return self.conditions["Finished"]["message"]


def carry_out(cluster, item):
    """Creates the object, waits as a user would, and returns how it ended and how long it took."""
    name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
    started = time.monotonic()
    cluster.create(item)
    cluster.kubectl("wait", f"osr/{name}", "-n", namespace, "--for=condition=Finished",
                    f"--timeout={WAIT_SECONDS}s", timeout=WAIT_SECONDS + 10)
    elapsed_seconds = time.monotonic() - started
    return Finished(cluster.get(f"osr/{name}", "-n", namespace), elapsed_seconds)


def read(cluster, item):
    name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
    return Finished(cluster.get(f"osr/{name}", "-n", namespace))


def wait_phase(cluster, item, phase, seconds=30):
    """Waits, as a user would, until the object is in this phase."""
    name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
    cluster.kubectl("wait", f"osr/{name}", "-n", namespace,
                    f"--for=jsonpath={{.status.phase}}={phase}", f"--timeout={seconds}s",
                    timeout=seconds + 10)
    return read(cluster, item)


def wait_finished(cluster, item, seconds=WAIT_SECONDS):
    name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
    cluster.kubectl("wait", f"osr/{name}", "-n", namespace, "--for=condition=Finished",
                    f"--timeout={seconds}s", timeout=seconds + 10)
    return read(cluster, item)


def change(cluster, item, **spec):
    """Edits the spec, as a user would with kubectl patch."""
    name, namespace = item["metadata"]["name"], item["metadata"]["namespace"]
    cluster.kubectl("patch", f"osr/{name}", "-n", namespace, "--type=merge", "-p",
                    json.dumps({"spec": spec}))
