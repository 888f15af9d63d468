"""The remoting protocol by hand, so that tests may send what no client would."""

import json
import random
import socket
import struct
import time

import pattern

SEND_MESSAGE_V2 = 310
PULL_MESSAGE = 11
UPDATE_CONSUMER_OFFSET = 15
UPDATE_AND_CREATE_TOPIC = 17
GET_BROKER_CONFIG = 26
GET_MAX_OFFSET = 30
SUCCESS = 0
SYSTEM_ERROR = 1
SERVICE_NOT_AVAILABLE = 14
PULL_NOT_FOUND = 19
SUBSCRIPTION_FLAG = 4
RESPONSE_FLAG = 1
ONEWAY_FLAG = 2
TIMEOUT_SECONDS = 10

_MAGIC_V1 = 0xDAA320A7


def header_text(code, fields, opaque, flag=0):
    return json.dumps({"code": code, "language": "OTHER", "version": 0, "flag": flag,
                       "opaque": opaque, "extFields": fields}).encode()


def frame(code, fields=None, body=b"", opaque=0, flag=0):
    header = header_text(code, {name: str(value) for name, value in (fields or {}).items()},
                         opaque, flag)
    return struct.pack(">II", 4 + len(header) + len(body), len(header)) + header + body


def send_fields(topic, queue, properties, queues=4):
    return {"a": "live", "b": topic, "c": "TBW102", "d": queues, "e": queue, "f": 0,
            "g": int(time.time() * 1000), "h": 0, "i": properties, "j": 0, "k": "false",
            "m": "false"}


def pattern_send(topic, queue, producer, seq, size, opaque, queues=4):
    """A whole frame that stores pattern.make_body(producer, seq, size)."""
    properties = f"UNIQ_KEY\x01{pattern.unique_id(producer, seq)}\x02WAIT\x01true"
    return frame(SEND_MESSAGE_V2, send_fields(topic, queue, properties, queues),
                 pattern.make_body(producer, seq, size), opaque)


def pull_fields(topic, queue, offset, count=32):
    return {"consumerGroup": "live-wire", "topic": topic, "queueId": queue, "queueOffset": offset,
            "maxMsgNums": count, "sysFlag": SUBSCRIPTION_FLAG, "commitOffset": 0,
            "suspendTimeoutMillis": 0, "subscription": "*", "expressionType": "TAG",
            "subVersion": 0}


def topic_fields(topic, queues=4):
    return {"topic": topic, "defaultTopic": "TBW102", "readQueueNums": queues,
            "writeQueueNums": queues, "perm": 6, "topicFilterType": "SINGLE_TAG",
            "topicSysFlag": 0, "order": "false"}


class Answer:
    """One decoded frame."""

    def __init__(self, payload):
        length, = struct.unpack(">I", payload[:4])
        self.kind, length = length >> 24, length & 0xFFFFFF
        self.header = json.loads(payload[4:4 + length])
        self.body = payload[4 + length:]
        self.code = self.header["code"]
        self.opaque = self.header["opaque"]
        self.remark = self.header.get("remark") or ""
        self.fields = self.header.get("extFields") or {}


class Connection:
    def __init__(self, address, timeout=TIMEOUT_SECONDS):
        host, port = address.rsplit(":", 1)
        self.socket = socket.create_connection((host, int(port)), timeout=timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._opaque = 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def send_in_pieces(self, data, cuts):
        """One write for each piece between the sorted positions."""
        edges = [0, *cuts, len(data)]
        for begin, end in zip(edges, edges[1:]):
            self.socket.sendall(data[begin:end])

    def read(self):
        size, = struct.unpack(">I", self._read_exactly(4))
        return Answer(self._read_exactly(size))

    def call(self, code, fields=None, body=b""):
        self._opaque += 1
        self.send(frame(code, fields, body, self._opaque))
        answer = self.read()
        assert answer.opaque == self._opaque, (answer.opaque, self._opaque)
        return answer

    def _read_exactly(self, size):
        data = bytearray()
        while len(data) < size:
            part = self.socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the broker closed the connection")
            data += part
        return bytes(data)

    def wait_closed(self):
        """Until the broker hangs up; answers that come before are given."""
        rest = bytearray()
        try:
            while part := self.socket.recv(65536):
                rest += part
        except ConnectionError:
            pass
        return bytes(rest)


def random_cuts(randomness: random.Random, size, most=6):
    return sorted(randomness.sample(range(1, size), min(size - 1, randomness.randint(1, most))))


def holds_messages(body):
    return len(body) > 8 and struct.unpack_from(">I", body, 4) == (_MAGIC_V1,)


def decode_messages(body):
    """[(queue, queue_offset, topic, body, properties)] of records with IPv4 hosts."""
    messages, at = [], 0
    while at < len(body):
        total, magic, _, queue, _, offset = struct.unpack_from(">iIiiiq", body, at)
        assert magic == _MAGIC_V1, hex(magic)
        position = at + 84
        length, = struct.unpack_from(">i", body, position)
        text = body[position + 4:position + 4 + length]
        position += 4 + length
        topic = body[position + 1:position + 1 + body[position]]
        position += 1 + body[position]
        length, = struct.unpack_from(">h", body, position)
        properties = body[position + 2:position + 2 + length]
        assert position + 2 + length == at + total, "a record's parts do not add up"
        messages.append((queue, offset, topic.decode(), text, properties))
        at += total
    return messages
