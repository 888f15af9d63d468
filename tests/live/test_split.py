"""Every golden request, sent whole, byte by byte and in random pieces, to brokers that begin alike:
the answers have to be the same."""

import json
import os
import pathlib
import re
import struct

import pytest
import wire
from processes import Broker

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"
# What these do must have happened before the others can be answered well.
FIRST = (17, 200, 310, 320, 34)
# What these take away the others need.
LAST = (35, 207, 215)


def golden_requests():
    """[(name, header, body)] to brokers, in an order that lets most of them succeed."""
    requests = []
    for path in sorted(GOLDEN.glob("*/*-to-br-*.bin")):
        data = path.read_bytes()
        length = struct.unpack(">I", data[4:8])[0] & 0xFFFFFF
        requests.append((f"{path.parent.name}/{path.name}", json.loads(data[8:8 + length]),
                         data[8 + length:]))
    assert len(requests) > 60
    # The captured pulls belong to consumers that are not here; these bring their subscription.
    requests += [(f"pull of queue {queue}", json.loads(wire.header_text(
        wire.PULL_MESSAGE, {name: str(value) for name, value in
                            wire.pull_fields("TopicTest", queue, 0).items()}, 0)), b"")
                 for queue in range(4)]

    def rank(request):
        code = request[1]["code"]
        return FIRST.index(code) if code in FIRST else 100 if code in LAST else 50
    return sorted(requests, key=lambda request: (rank(request), request[0]))


def with_opaque(header, body, opaque):
    text = json.dumps({**header, "opaque": opaque}, separators=(",", ":")).encode()
    return struct.pack(">II", 4 + len(text) + len(body), len(text)) + text + body


def digest(answer):
    """What must not depend on how the request came: all but times, ports and the like."""
    def mask(text):
        return re.sub(r"\d+", "#", text)

    if wire.holds_messages(answer.body):
        # The broker's own checksum covers the times.
        body = [(*where, re.sub(rb"__CRC32#\x01\d+\x02", b"", properties))
                for *where, properties in wire.decode_messages(answer.body)]
    else:
        body = mask(answer.body.decode("utf-8", "replace"))
    return (answer.code, answer.kind, answer.header["flag"], mask(answer.remark),
            {name: mask(value) for name, value in answer.fields.items()}, body)


def ask_all(broker, send):
    """{name: digest}, and how often each code was answered. A one-way request is followed by one
    that is answered, so that it has been read whole too."""
    digests = {}
    with wire.Connection(broker.address) as connection:
        for opaque, (name, header, body) in enumerate(golden_requests(), 1000):
            send(connection, with_opaque(header, body, opaque))
            if header["flag"] & wire.ONEWAY_FLAG:
                assert connection.call(wire.GET_MAX_OFFSET, {"topic": "T", "queueId": 0}).code == 0
                continue
            answer = connection.read()
            # What the broker itself asks or tells its clients is not the answer.
            while not answer.header["flag"] & wire.RESPONSE_FLAG:
                answer = connection.read()
            assert answer.opaque == opaque, name
            digests[name] = digest(answer)
    return digests


def ask_all_at_once(broker, randomness):
    """All frames as one stream, cut anywhere; the answers are told apart by their numbers."""
    names, stream = {}, b""
    for opaque, (name, header, body) in enumerate(golden_requests(), 1000):
        stream += with_opaque(header, body, opaque)
        if not header["flag"] & wire.ONEWAY_FLAG:
            names[opaque] = name
    digests = {}
    with wire.Connection(broker.address) as connection:
        connection.send_in_pieces(stream, wire.random_cuts(randomness, len(stream), most=2000))
        while names.keys() - digests.keys():
            answer = connection.read()
            if answer.header["flag"] & wire.RESPONSE_FLAG:
                digests[answer.opaque] = digest(answer)
    return {names[opaque]: value for opaque, value in digests.items()}


@pytest.fixture
def new_broker(folder):
    """Each on the same port with an empty store, one after the other."""
    with Broker(os.path.join(folder, "store-0"), longPollingEnable="false",
                shortPollingTimeMills=1, flushConsumerOffsetInterval=600_000) as broker:
        def again():
            if broker.process is not None:
                assert broker.terminate() == 0, broker.process.tail()
            broker.store = broker.store.with_name(f"store-{len(broker.starts)}")
            broker.start()
            return broker
        yield again


def test_answers_do_not_depend_on_how_requests_arrive(new_broker, seed, report):
    def in_pieces(connection, data):
        connection.send_in_pieces(data, wire.random_cuts(seed, len(data)))

    def by_bytes(connection, data):
        connection.send_in_pieces(data, range(1, len(data)))

    whole = ask_all(new_broker(), wire.Connection.send)
    codes = [value[0] for value in whole.values()]
    assert codes.count(wire.SUCCESS) > 20, "too few requests succeed to tell anything"
    assert any(isinstance(value[-1], list) for value in whole.values()), "no pull found a message"
    assert ask_all(new_broker(), wire.Connection.send) == whole, "the comparison itself is unsound"
    assert ask_all(new_broker(), by_bytes) == whole
    for _ in range(3):
        assert ask_all(new_broker(), in_pieces) == whole
    report(f"{len(whole)} requests, {codes.count(wire.SUCCESS)} answered with success")


def test_a_stream_of_requests_may_be_cut_anywhere(new_broker, seed):
    whole = ask_all_at_once(new_broker(), seed)
    one_by_one = ask_all(new_broker(), wire.Connection.send)
    # A pull that is held may see what is sent behind it.
    held = [name for name in whole if "PULL" in name or "pull" in name]
    assert len(held) < 10
    for name in held:
        del whole[name], one_by_one[name]
    assert whole == one_by_one
