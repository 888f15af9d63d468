#!/usr/bin/env python3
"""Reads a group's offsets from the brokers, so that the tests need not believe the operator.

Run on the cluster's network: remoting.py NAMESERVER TOPIC GROUP. Prints
{broker: {queue: {"committed": offset or null, "max": offset}}}. Speaks the RocketMQ remoting
protocol with JSON headers.
"""

import json
import re
import socket
import struct
import sys

GET_ROUTE = 105
QUERY_CONSUMER_OFFSET = 14
GET_MAX_OFFSET = 30
SUCCESS = 0
QUERY_NOT_FOUND = 22
MASTER = "0"


class Connection:
    def __init__(self, address):
        host, port = address.rsplit(":", 1)
        self._socket = socket.create_connection((host, int(port)), timeout=10)
        self._opaque = 0

    def call(self, code, fields, body=b""):
        """Returns the answer's code, fields and body."""
        self._opaque += 1
        header = json.dumps({"code": code, "language": "OTHER", "version": 0, "flag": 0,
                             "opaque": self._opaque, "extFields": fields}).encode()
        # The header's length carries the kind of header in its first byte: 0 is JSON.
        size = 4 + len(header) + len(body)
        self._socket.sendall(struct.pack(">II", size, len(header)) + header + body)
        frame = self._read(struct.unpack(">I", self._read(4))[0])
        length = struct.unpack(">I", frame[:4])[0] & 0xFFFFFF
        answer = json.loads(frame[4:4 + length])
        return answer["code"], answer.get("extFields") or {}, frame[4 + length:]

    def _read(self, size):
        data = b""
        while len(data) < size:
            part = self._socket.recv(size - len(data))
            if not part:
                raise ConnectionError("the server closed the connection")
            data += part
        return data


def parse_body(body):
    # Java writes a map's number keys without quotes.
    return json.loads(re.sub(r"([{,])(\d+):", r'\1"\2":', body.decode()))


def offsets_of_queue(broker, group, topic, queue_id):
    queue = {"topic": topic, "queueId": str(queue_id)}
    code, fields, _ = broker.call(QUERY_CONSUMER_OFFSET, {**queue, "consumerGroup": group})
    if code not in (SUCCESS, QUERY_NOT_FOUND):
        raise ValueError(f"query consumer offset: code {code}")
    committed = int(fields["offset"]) if code == SUCCESS else None
    code, fields, _ = broker.call(GET_MAX_OFFSET, queue)
    if code != SUCCESS:
        raise ValueError(f"get max offset: code {code}")
    return {"committed": committed, "max": int(fields["offset"])}


def offsets_of_group(name_server, topic, group):
    code, _, body = Connection(name_server).call(GET_ROUTE, {"topic": topic})
    if code != SUCCESS:
        raise ValueError(f"get route of {topic}: code {code}")
    route = parse_body(body)
    addresses = {data["brokerName"]: data["brokerAddrs"][MASTER] for data in route["brokerDatas"]}
    table = {}
    for data in route["queueDatas"]:
        broker = Connection(addresses[data["brokerName"]])
        table[data["brokerName"]] = {
            queue_id: offsets_of_queue(broker, group, topic, queue_id)
            for queue_id in range(data["readQueueNums"])}
    return table


if __name__ == "__main__":
    print(json.dumps(offsets_of_group(*sys.argv[1:4])))
