"""A producer of transactions by hand: it outlives the broker and remembers what it decided."""

import socket
import time

import wire

END_TRANSACTION = 37
HEART_BEAT = 34
CHECK_TRANSACTION_STATE = 39
COMMIT, ROLLBACK = 8, 12
PREPARED = 4
GROUP = "live-transactions"


class Half:
    """A prepared message and where the broker put it."""

    def __init__(self, body, answer):
        self.body = body
        self.queue_offset = int(answer.fields["queueOffset"])
        self.physical_offset = int(answer.fields["msgId"][16:], 16)


def prepare(connection, topic, body):
    properties = f"TRAN_MSG\x01true\x02PGROUP\x01{GROUP}\x02UNIQ_KEY\x01{body}\x02"
    fields = {**wire.send_fields(topic, 0, properties, queues=1), "f": PREPARED}
    answer = connection.call(wire.SEND_MESSAGE_V2, fields, body.encode())
    assert answer.code == wire.SUCCESS, answer.remark
    return Half(body, answer)


def end_fields(queue_offset, physical_offset, decision, from_check):
    return {"producerGroup": GROUP, "tranStateTableOffset": queue_offset,
            "commitLogOffset": physical_offset, "commitOrRollback": decision,
            "fromTransactionCheck": "true" if from_check else "false", "msgId": "live"}


def end(connection, half, decision):
    """With an answer, unlike a real producer's one-way request."""
    return connection.call(END_TRANSACTION, end_fields(half.queue_offset, half.physical_offset,
                                                       decision, False))


def end_oneway(connection, half, decision):
    connection.send(wire.frame(END_TRANSACTION, end_fields(
        half.queue_offset, half.physical_offset, decision, False), flag=wire.ONEWAY_FLAG))


def answer_checks(broker, decisions, expected, seconds=60):
    """Joins as a producer and says what it decided, until all of `expected` were asked about or
    nobody has asked for a while. The bodies that were asked about."""
    asked = set()
    deadline = time.monotonic() + seconds
    with wire.Connection(broker.address, timeout=3) as connection:
        body = b'{"clientID":"live@1","producerDataSet":[{"groupName":"%s"}]}' % GROUP.encode()
        connection.send(wire.frame(HEART_BEAT, body=body, opaque=1))
        while time.monotonic() < deadline and not (expected and expected <= asked):
            try:
                frame = connection.read()
            except (socket.timeout, TimeoutError):
                break
            if frame.code != CHECK_TRANSACTION_STATE or frame.header["flag"] & wire.RESPONSE_FLAG:
                continue
            (_, _, _, text, _), = wire.decode_messages(frame.body)
            asked.add(text.decode())
            connection.send(wire.frame(END_TRANSACTION, end_fields(
                frame.fields["tranStateTableOffset"], frame.fields["commitLogOffset"],
                decisions[text.decode()], True), flag=wire.ONEWAY_FLAG))
    return asked


def delivered(broker, topic):
    """The bodies that a consumer gets, in their order."""
    bodies, offset = [], 0
    with wire.Connection(broker.address) as connection:
        while True:
            answer = connection.call(wire.PULL_MESSAGE, wire.pull_fields(topic, 0, offset))
            if answer.code != wire.SUCCESS:
                return bodies
            bodies += [text.decode() for _, _, _, text, _ in wire.decode_messages(answer.body)]
            offset = int(answer.fields["nextBeginOffset"])
