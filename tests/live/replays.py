"""Interval replay by the wire: orders, and what lies in a group's retry topic."""

import json
import time

import wire

START_REPLAY = 30002
STEER_REPLAY = 30003
GET_REPLAYS = 30004
RUNTIME_INFO = 28
UPDATE_GROUP = 200
DELETE_GROUP = 207
DELETE_TOPIC = 215
QUERY_OFFSET = 14
QUERY_NOT_FOUND = 22
UNFINISHED = ("Running", "Paused")


def make_group(connection, name, retry_queues=1):
    body = json.dumps({"groupName": name, "retryQueueNums": retry_queues}).encode()
    answer = connection.call(UPDATE_GROUP, {}, body)
    assert answer.code == wire.SUCCESS, answer.remark


def order(name, topic, group, from_ms, until_ms, **more):
    return {"id": name, "topic": topic, "group": group, "fromMs": from_ms, "untilMs": until_ms,
            **more}


def start(connection, wanted):
    answer = connection.call(START_REPLAY, {}, json.dumps(wanted).encode())
    assert answer.code == wire.SUCCESS, answer.remark
    return json.loads(answer.body)


def steer(connection, name, **headers):
    answer = connection.call(STEER_REPLAY, {"replayId": name, **headers})
    assert answer.code == wire.SUCCESS, answer.remark
    return json.loads(answer.body)


def status(connection, name):
    answer = connection.call(GET_REPLAYS, {"replayId": name})
    assert answer.code == wire.SUCCESS, answer.remark
    found, = json.loads(answer.body)["replays"]
    return found


def total(found, counter):
    return sum(queue[counter] for queue in found["queues"])


def wait_until(connection, name, condition, seconds=60):
    """The first status that fits; replays tell nobody of their progress."""
    deadline = time.monotonic() + seconds
    while not condition(found := status(connection, name)):
        assert time.monotonic() < deadline, found
        time.sleep(0.05)
    return found


def finish(connection, name, seconds=60):
    found = wait_until(connection, name, lambda one: one["state"] not in UNFINISHED, seconds)
    assert found["state"] == "Finished", found
    return found


def properties_of(raw):
    pairs = (pair.split("\x01", 1) for pair in raw.decode().split("\x02") if pair)
    return {pair[0]: pair[1] for pair in pairs}


def read_queue(connection, topic, queue):
    """[(body, properties)] of a whole queue."""
    messages, offset = [], 0
    while True:
        answer = connection.call(wire.PULL_MESSAGE, wire.pull_fields(topic, queue, offset))
        if answer.code != wire.SUCCESS:
            return messages
        for _, _, _, body, raw in wire.decode_messages(answer.body):
            messages.append((body.decode(), properties_of(raw)))
        offset = int(answer.fields["nextBeginOffset"])


def committed(connection, group, topic, queue):
    answer = connection.call(QUERY_OFFSET, {"consumerGroup": group, "topic": topic,
                                            "queueId": queue, "setZeroIfNotFound": "false"})
    return int(answer.fields["offset"]) if answer.code == wire.SUCCESS else None
