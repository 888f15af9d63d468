"""Many topics and many waiting pulls in one broker: memory, threads, route answers, and the time
from a message to the waiting pull's answer; see hack/bench scale. Times are seen from a client in
Python on the same machine, its own part included."""

import argparse
import contextlib
import json
import pathlib
import resource
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "live"))

import wire  # noqa: E402
from polling import connect_and_wait, seconds_until_answered, send_one  # noqa: E402
from processes import BIN, HOST, Broker, Process, free_port, percentile  # noqa: E402

TOPICS = 10_000
CONNECTIONS = 2000
QUEUES = 4
WAKES = 300
ROUTES = 2000
GET_ROUTE = 105
ROUTE_GOAL_US = 50
REGISTER_SECONDS = 30
SUSPEND_MS = 120_000


def topic_name(number):
    return f"orders-of-the-shop-{number}"


def write_topics(store, count):
    """As a broker keeps them; making each over the wire would write the whole table each time."""
    config = store / "config"
    config.mkdir(parents=True)
    table = {topic_name(number): {
        "order": False, "perm": 6, "readQueueNums": QUEUES, "topicFilterType": "SINGLE_TAG",
        "topicName": topic_name(number), "topicSysFlag": 0, "writeQueueNums": QUEUES}
        for number in range(count)}
    text = json.dumps({"dataVersion": {"counter": 1, "stateVersion": 0, "timestamp": 1},
                       "topicConfigTable": table}, separators=(",", ":"))
    (config / "topics.json").write_text(text, encoding="ascii")


def show(what, value, unit, beside=""):
    print(f"{what:<58} {value:>10.1f} {unit:<8} {beside}", flush=True)


def memory(process, what, beside=""):
    anonymous, resident = process.status("RssAnon"), process.status("VmRSS")
    show(f"{what}: RssAnon", anonymous / 1024, "MiB", beside)
    show(f"{what}: RSS, with mapped files", resident / 1024, "MiB")
    return anonymous


def wait_registered(address, last_topic):
    deadline = time.monotonic() + REGISTER_SECONDS
    while time.monotonic() < deadline:
        with wire.Connection(address) as connection:
            if connection.call(GET_ROUTE, {"topic": last_topic}).code == wire.SUCCESS:
                return
        time.sleep(0.01)
    sys.exit("scale: the broker did not register")


def measure_routes(nameserver, address):
    passed, used = [], nameserver.cpu_seconds()
    with wire.Connection(address) as connection:
        for number in range(ROUTES):
            fields = {"topic": topic_name(number * (TOPICS // ROUTES)),
                      "acceptStandardJsonOnly": "true"}
            begin = time.monotonic()
            answer = connection.call(GET_ROUTE, fields)
            passed.append(time.monotonic() - begin)
            assert answer.code == wire.SUCCESS, answer.remark
    cpu_us = (nameserver.cpu_seconds() - used) / ROUTES * 1e6
    show("route, round trip, median", percentile(passed, 0.5) * 1e6, "us",
         f"p99 {percentile(passed, 0.99) * 1e6:.0f}")
    show("route, CPU of the nameserver, with its socket", cpu_us, "us",
         f"goal of the look-up alone <= {ROUTE_GOAL_US} us: hack/bench nameserver")


def measure_wakes(waiters, broker):
    passed = []
    with wire.Connection(broker.address) as sender:
        for number in range(WAKES):
            waiter = waiters[number * (len(waiters) // WAKES)]
            passed += seconds_until_answered(
                waiter[1:], lambda topic=waiter[0]: send_one(sender, topic, queues=QUEUES), 10)
    show("message sent until the waiting pull is answered, median", percentile(passed, 0.5) * 1e3,
         "ms", f"p99 {percentile(passed, 0.99) * 1e3:.2f}; the send's round trip included")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--connections", type=int, default=CONNECTIONS)
    count = parser.parse_args().connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * count + 500)), hard))
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scale-")))
        port = free_port()
        address = f"{HOST}:{port}"
        nameserver = stack.enter_context(Process([
            BIN / "rewind-nameserver", f"--listenPort={port}", f"--bindAddress={HOST}",
            f"--kvConfigPath={folder}/kvConfig.json"]))
        nameserver.wait_for("nameserver ready on")
        write_topics(folder / "store", TOPICS)
        broker = stack.enter_context(Broker(folder / "store", namesrvAddr=address))
        broker.start()
        wait_registered(address, topic_name(TOPICS - 1))
        show(f"{TOPICS} topics, store opened and ports served after", broker.starts[-1][0] * 1e3,
             "ms")
        before = memory(broker.process, f"broker with {TOPICS} topics")
        memory(nameserver, "nameserver with them")
        measure_routes(nameserver, address)
        waiters = [(topic_name(number), *connect_and_wait(
            stack, broker.address, 1, topic_name(number), 0, 0, suspend_ms=SUSPEND_MS))
            for number in range(count)]
        after = memory(broker.process, f"and {count} connections, a held pull on each")
        show("  each connection with its pull", (after - before) / count, "KiB")
        show("threads of the broker", broker.process.status("Threads"), "")
        measure_wakes(waiters, broker)
    return 0


if __name__ == "__main__":
    sys.exit(main())
