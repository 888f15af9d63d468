"""Many pulls that wait for a message, without a thread for each."""

import selectors
import struct
import time

import wire

HOLD_FLAG = 2  # sysFlag: the broker may hold the pull
SUSPEND_MS = 15_000  # what RocketMQ's clients ask for


def held_pull(topic, queue, offset, suspend_ms=SUSPEND_MS, group="live-waiting"):
    fields = wire.pull_fields(topic, queue, offset)
    fields.update(consumerGroup=group, sysFlag=wire.SUBSCRIPTION_FLAG | HOLD_FLAG,
                  suspendTimeoutMillis=suspend_ms)
    return wire.frame(wire.PULL_MESSAGE, fields, opaque=1)


def connect_and_wait(stack, address, count, topic, queue, offset, **options):
    """Connections of which each has asked for what is not there yet. The broker has read every
    pull: on each connection it has answered another request that came behind it."""
    pull = held_pull(topic, queue, offset, **options)
    probe = wire.frame(wire.GET_MAX_OFFSET, {"topic": topic, "queueId": queue}, opaque=2)
    connections = [stack.enter_context(wire.Connection(address)) for _ in range(count)]
    for connection in connections:
        connection.send(pull + probe)
    for connection in connections:
        answer = connection.read()
        assert (answer.opaque, answer.code) == (2, wire.SUCCESS), answer.header
    return connections


def seconds_until_answered(connections, act, seconds):
    """Seconds from `act()` to the answer of each of them, in the order of their arrival."""
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ)
        begin = time.monotonic()
        act()
        passed, deadline = [], begin + seconds
        while len(passed) < len(connections):
            ready = selector.select(max(0.0, deadline - time.monotonic()))
            now = time.monotonic()
            assert ready, f"{len(connections) - len(passed)} not answered in {seconds} s"
            for key, _ in ready:
                selector.unregister(key.fileobj)
                passed.append(now - begin)
    return passed


def ready_now(connections):
    """Those for whom something has come."""
    with selectors.DefaultSelector() as selector:
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        return [key.data for key, _ in selector.select(0)]


def send_one(connection, topic, queue=0, body=b"x", queues=4):
    answer = connection.call(wire.SEND_MESSAGE_V2,
                             wire.send_fields(topic, queue, "WAIT\x01true", queues), body)
    assert answer.code == wire.SUCCESS, (answer.code, answer.remark)
    return int(answer.fields["queueOffset"])


def max_offset(connection, topic, queue=0):
    answer = connection.call(wire.GET_MAX_OFFSET, {"topic": topic, "queueId": queue})
    return int(answer.fields["offset"])


def frames_in(data):
    """How many whole frames the bytes hold."""
    count, at = 0, 0
    while at + 4 <= len(data):
        at += 4 + struct.unpack_from(">I", data, at)[0]
        count += at <= len(data)
    return count
