#!/usr/bin/env python3
"""Makes and changes topics without any client, which takes seconds to start.

Run on the cluster's network:
  fill.py NAMESERVER make TOPIC QUEUES COUNT   on every broker QUEUES queues of COUNT messages each,
                                               by turns with the tags A and B
  fill.py NAMESERVER commit TOPIC GROUP OFFSET the group's offset in every queue
  fill.py NAMESERVER retry TOPIC GROUP         the group's retry topic: a consumer that finds it at
                                               its start need not look for it for 30 s
  fill.py NAMESERVER widen TOPIC QUEUES        the topic has that many queues from now on
  fill.py NAMESERVER delete TOPIC
  fill.py NAMESERVER replays TOPIC STATE       every broker has one replay of the topic, in this
                                               state
  fill.py NAMESERVER await - COUNT             so many brokers have registered; at most 60 s
Speaks the RocketMQ remoting protocol with JSON headers.
"""

import sys
import time

from remoting import MASTER, SUCCESS, Connection, parse_body

SEND_MESSAGE = 10
UPDATE_CONSUMER_OFFSET = 15
UPDATE_TOPIC = 17
GET_CLUSTER_INFO = 106
DELETE_TOPIC_IN_BROKER = 215
DELETE_TOPIC_IN_NAME_SERVER = 216
GET_REPLAYS = 30004
READ_AND_WRITE = 6
AWAIT_SECONDS = 60
NAME_END, PROPERTY_END = "\x01", "\x02"  # MessageDecoder.messageProperties2String


def checked(connection, code, fields, body=b""):
    answer, _, data = connection.call(code, fields, body)
    if answer != SUCCESS:
        raise ValueError(f"request {code} {fields}: code {answer}")
    return data


def brokers(name_server):
    info = parse_body(checked(Connection(name_server), GET_CLUSTER_INFO, {}))
    if not info["brokerAddrTable"]:
        raise ValueError("no broker has registered yet")
    return {name: Connection(data["brokerAddrs"][MASTER])
            for name, data in info["brokerAddrTable"].items()}


def set_queues(broker, topic, queues):
    checked(broker, UPDATE_TOPIC, {
        "topic": topic, "defaultTopic": "TBW102", "readQueueNums": str(queues),
        "writeQueueNums": str(queues), "perm": str(READ_AND_WRITE),
        "topicFilterType": "SINGLE_TAG", "topicSysFlag": "0", "order": "false"})


def send(broker, topic, queue_id, number):
    tag = "AB"[number % 2]
    checked(broker, SEND_MESSAGE, {
        "producerGroup": "fill", "topic": topic, "defaultTopic": "TBW102",
        "defaultTopicQueueNums": "4", "queueId": str(queue_id), "sysFlag": "0",
        "bornTimestamp": str(int(time.time() * 1000)), "flag": "0",
        "properties": f"TAGS{NAME_END}{tag}{PROPERTY_END}", "reconsumeTimes": "0",
        "unitMode": "false", "batch": "false"}, f"message {number}".encode())


def make(name_server, topic, queues, count):
    for broker in brokers(name_server).values():
        set_queues(broker, topic, int(queues))
        for queue_id in range(int(queues)):
            for number in range(int(count)):
                send(broker, topic, queue_id, number)


def commit(name_server, topic, group, offset):
    for broker in brokers(name_server).values():
        for queue_id in range(4):
            checked(broker, UPDATE_CONSUMER_OFFSET, {
                "consumerGroup": group, "topic": topic, "queueId": str(queue_id),
                "commitOffset": offset})


def retry(name_server, _topic, group):
    for broker in brokers(name_server).values():
        set_queues(broker, f"%RETRY%{group}", 1)


def widen(name_server, topic, queues):
    for broker in brokers(name_server).values():
        set_queues(broker, topic, int(queues))


def delete(name_server, topic):
    for broker in brokers(name_server).values():
        checked(broker, DELETE_TOPIC_IN_BROKER, {"topic": topic})
    checked(Connection(name_server), DELETE_TOPIC_IN_NAME_SERVER, {"topic": topic})


def replays(name_server, topic, state):
    for name, broker in brokers(name_server).items():
        known = parse_body(checked(broker, GET_REPLAYS, {}))["replays"]
        states = [replay["state"] for replay in known if replay["order"]["topic"] == topic]
        if states != [state]:
            raise ValueError(f"broker {name}: replays of {topic} are {states}, not one {state}")


def await_brokers(name_server, _topic, count):
    """A pod is ready when it serves, and is registered a moment later."""
    connection = Connection(name_server)
    deadline = time.monotonic() + AWAIT_SECONDS
    while True:
        known = parse_body(checked(connection, GET_CLUSTER_INFO, {}))["brokerAddrTable"]
        if len(known) >= int(count):
            return
        if time.monotonic() > deadline:
            raise ValueError(f"registered are only {sorted(known)} of {count} brokers")
        time.sleep(0.1)


if __name__ == "__main__":
    {"make": make, "commit": commit, "retry": retry, "widen": widen, "delete": delete,
     "replays": replays, "await": await_brokers}[sys.argv[2]](sys.argv[1], *sys.argv[3:])
