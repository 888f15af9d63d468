"""Broker time of a reset by time over 8 queues; see hack/bench reset. The times are the broker's
own, from its log: from the request's arrival to its answer, and apart from that the write and sync
of resetOffset.json, which a disk and not a program takes."""

import argparse
import os
import pathlib
import random
import re
import struct
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "live"))

import wire  # noqa: E402
from processes import Broker, percentile  # noqa: E402

QUEUES = 8
BATCH = 50
IN_FLIGHT = 32
BODY = b"x" * 100
GOAL_US = 1000
SEED = 7
OTHER_GROUPS = 5000
SEND_BATCH_MESSAGE = 320
RESET_OFFSET = 222
TOPIC, GROUP = "Bench", "bench-group"


def batch(count):
    properties = b"TAGS\x01TagA\x02"
    one = struct.pack(">iiiii", 22 + len(BODY) + len(properties), 0, 0, 0, len(BODY)) + BODY
    return (one + struct.pack(">h", len(properties)) + properties) * count


def write_other_groups(store):
    """What a busy broker has to keep beside: a reset must not become slower by it."""
    config = store / "config"
    config.mkdir(parents=True)
    offsets = "{" + ",".join(f"{queue}:{queue}" for queue in range(QUEUES)) + "}"
    lines = ",\n".join(f'"{TOPIC}@group-{number}":{offsets}' for number in range(OTHER_GROUPS))
    (config / "consumerOffset.json").write_text(f'{{"offsetTable":{{{lines}}}}}')


def fill(broker, messages):
    begin = time.monotonic()
    with wire.Connection(broker.address, 60) as connection:
        assert connection.call(wire.UPDATE_AND_CREATE_TOPIC,
                               wire.topic_fields(TOPIC, QUEUES)).code == wire.SUCCESS
        body = batch(BATCH)
        sent, answered, total = 0, 0, messages // BATCH
        while answered < total:
            while sent < total and sent - answered < IN_FLIGHT:
                fields = {**wire.send_fields(TOPIC, sent % QUEUES, "", QUEUES), "m": "true"}
                connection.send(wire.frame(SEND_BATCH_MESSAGE, fields, body, sent))
                sent += 1
            answer = connection.read()
            assert answer.code == wire.SUCCESS, answer.remark
            answered += 1
        for queue in range(QUEUES):
            connection.call(wire.UPDATE_CONSUMER_OFFSET,
                            {"consumerGroup": GROUP, "topic": TOPIC, "queueId": queue,
                             "commitOffset": messages // QUEUES})
    print(f"{messages} messages in {QUEUES} queues, stored in {time.monotonic() - begin:.1f} s",
          flush=True)


def forget_pages(store):
    """Out of the page cache, as after a night."""
    for path in pathlib.Path(store).rglob("*"):
        if path.is_file():
            with open(path, "rb") as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def read_pages(store):
    """Into the page cache, as they are on a broker at work."""
    for path in pathlib.Path(store).rglob("*"):
        if path.is_file():
            with open(path, "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass


def reset(broker, moments):
    """(compute us, sync us) of each, as the broker logs them."""
    start = len(broker.process.lines)
    pattern = r"reset of group .* compute_us=(\d+) sync_us=(\d+)"
    with wire.Connection(broker.address, 60) as connection:
        for moment in moments:
            answer = connection.call(RESET_OFFSET, {"topic": TOPIC, "group": GROUP,
                                                    "timestamp": moment, "isForce": "true"})
            assert answer.code == wire.SUCCESS, answer.remark
    found = []
    deadline = time.monotonic() + 30
    while len(found) < len(moments):
        assert time.monotonic() < deadline, broker.process.tail()
        found = [match for line in broker.process.lines[start:]
                 if (match := re.search(pattern, line))]
        time.sleep(0.01)
    return [(int(match[1]), int(match[2])) for match in found]


def show(what, times, goal=""):
    print(f"{what:<44} median {percentile(times, 0.5):>6} us, 99 % {percentile(times, 0.99):>6} us,"
          f" worst {max(times):>6} us{goal}", flush=True)


def show_one(what, times):
    print(f"{what:<44} {times[0]:>6} us, write and sync {times[1]} us", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, default=1_000_000)
    parser.add_argument("--resets", type=int, default=300)
    parser.add_argument("--hold", action="store_true", help="wait for Enter before the warm resets")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rewindmq-bench.",
                                     dir=os.environ.get("REWINDMQ_BENCH_FOLDER")) as folder:
        store = pathlib.Path(folder) / "store"
        write_other_groups(store)
        with Broker(store) as broker:
            broker.start()
            begin_ms = int(time.time() * 1000)
            fill(broker, arguments.messages)
            end_ms = int(time.time() * 1000)
            broker.terminate()
            forget_pages(store)
            broker.start()
            moments = random.Random(SEED)
            pick = [moments.randint(begin_ms, end_ms) for _ in range(arguments.resets)]
            show_one("first reset, files not in memory", reset(broker, pick[:1])[0])
            broker.terminate()
            read_pages(store)
            broker.start()
            show_one("first reset after a start, files in memory", reset(broker, pick[:1])[0])
            if arguments.hold:
                input(f"broker {broker.process.pid} is ready; Enter goes on")
            warm = reset(broker, pick)
            show("broker time of a reset, the write apart", [one for one, _ in warm],
                 f" (goal {GOAL_US} us)")
            show("write and sync of resetOffset.json", [one for _, one in warm])


if __name__ == "__main__":
    main()
