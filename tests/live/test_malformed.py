"""Ten thousand broken frames on fifty connections: each connection ends, and a good producer beside
them notices nothing (RocketMQ #3474, #10832)."""

import collections
import concurrent.futures
import json
import random
import socket
import struct
import time

import history
import wire
from processes import Load

CONNECTIONS = 50
FRAMES = 10_000
MAX_FRAME_BYTES = 16 << 20  # with the length field
MAX_GROWTH_KIB = 8 << 10
LIMIT_SECONDS = 60
BINARY = 1


def framed(header, body=b"", kind=0, claimed=None):
    """`claimed` is what the frame says about its header's length, when that is a lie."""
    length = len(header) if claimed is None else claimed
    return struct.pack(">II", 4 + len(header) + len(body), kind << 24 | length) + header + body


def binary_header(remark_length, fields_length, rest=b""):
    return struct.pack(">hBhiIi", 310, 0, 0, 1, 0, remark_length) + struct.pack(
        ">i", fields_length) + rest


def length_zero(_):
    return struct.pack(">I", 0)


def length_too_short(randomness):
    return struct.pack(">I", randomness.randint(1, 3)) + b"abc"


def length_largest(_):
    return struct.pack(">I", 2**31 - 1) + b"x" * 100


def length_negative(randomness):
    return struct.pack(">I", randomness.randint(2**31, 2**32 - 1))


def frame_one_byte_too_long(_):
    return struct.pack(">I", MAX_FRAME_BYTES - 4 + 1)


def header_longer_than_frame(randomness):
    return framed(b"{}", b"body", claimed=randomness.choice([7, 100, 0xFFFFFF]))


def unknown_kind(randomness):
    return framed(b'{"code":310}', kind=randomness.randint(2, 255))


def broken_json(randomness):
    good = bytearray(wire.header_text(310, wire.send_fields("T", 0, "a\x01b"), 1))
    cut = randomness.randint(0, len(good) - 1)
    return framed(bytes(good[:cut]))


def json_of_another_form(randomness):
    return framed(randomness.choice([b"[]", b"null", b"12", b'"x"', b'{"code":"x"}',
                                     b'{"code":310,"extFields":[1]}', b"{" * 1000,
                                     b'{"code":310,"extFields":' + b'{"a":' * 500]))


def too_many_fields(_):
    return framed(json.dumps({"code": 310, "extFields": {f"f{i}": "x" for i in range(200)}})
                  .encode())


def zeros(randomness):
    return framed(bytes(randomness.randint(1, 4096)))


def remark_length_wrong(randomness):
    return framed(binary_header(randomness.choice([-1, -2**31, 5, 2**31 - 1]), 0), kind=BINARY)


def fields_length_wrong(randomness):
    return framed(binary_header(0, randomness.choice([-1, -2**31, 7, 2**31 - 1]), b"\0\1a"),
                  kind=BINARY)


def field_longer_than_fields(_):
    return framed(binary_header(0, 9, b"\0\1a" + struct.pack(">i", 1000) + b"bc"), kind=BINARY)


def good_then_bad(randomness):
    return wire.frame(wire.GET_BROKER_CONFIG) + randomness.choice(CLOSING[:-1])(randomness)


CLOSING = [length_zero, length_too_short, length_largest, length_negative,
           frame_one_byte_too_long, header_longer_than_frame, unknown_kind, broken_json,
           json_of_another_form, too_many_fields, zeros, remark_length_wrong, fields_length_wrong,
           field_longer_than_fields, good_then_bad]


def half_frame_and_gone(randomness):
    """A true start of a large frame, and then the peer resets the connection."""
    whole = wire.pattern_send("T", 0, 1, 1, 100_000, 1)
    return whole[:randomness.randint(1, len(whole) - 1)]


def send_bad(address, kind, randomness):
    with wire.Connection(address) as connection:
        try:
            connection.send(kind(randomness))
            if kind is half_frame_and_gone:
                connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                             struct.pack("ii", 1, 0))
                return
        except ConnectionError:
            return  # hung up before all was sent
        try:
            connection.wait_closed()
        except TimeoutError:
            raise AssertionError(f"the connection is still open after {kind.__name__}") from None


def send_many(address, seed, count):
    randomness = random.Random(seed)
    sent = collections.Counter()
    for _ in range(count):
        kind = randomness.choice([*CLOSING, half_frame_and_gone])
        send_bad(address, kind, randomness)
        sent[kind.__name__] += 1
    return sent


def test_each_kind_of_broken_frame_ends_its_connection(broker, seed):
    broker.start()
    for kind in CLOSING:
        for _ in range(5):
            send_bad(broker.address, kind, seed)
    assert broker.process.running()


def test_what_is_well_formed_but_senseless_is_answered(broker):
    broker.start()
    with wire.Connection(broker.address) as connection:
        for code, fields in ((-1, {}), (99_999, {}), (310, {}), (310, {"a": "x" * 10_000}),
                             (11, {"queueId": "x"}), (30, {"topic": "../../x", "queueId": "-5"}),
                             (310, wire.send_fields("../../etc", 0, "")),
                             (310, wire.send_fields("T", 2**31 - 1, "")),
                             (17, wire.topic_fields("a/b"))):
            answer = connection.call(code, fields, b"body")
            assert answer.code != wire.SUCCESS or code == 30, (code, fields, answer.header)
        assert connection.call(wire.GET_BROKER_CONFIG).code == wire.SUCCESS


def test_a_flood_of_broken_frames_harms_nobody(broker, folder, seed, report, checked):
    broker.start()
    with Load(broker, folder, producers=2) as load:
        load.wait_result("acked")
        with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
            def flood(count):
                tasks = [pool.submit(send_many, broker.address, seed.getrandbits(32),
                                     count // CONNECTIONS) for _ in range(CONNECTIONS)]
                return sum((task.result(LIMIT_SECONDS) for task in tasks), collections.Counter())

            flood(CONNECTIONS * 10)  # what the first ones take is kept for the next
            before = broker.process.status("RssAnon")
            begin = time.monotonic()
            sent = flood(FRAMES)
            seconds = time.monotonic() - begin
        growth = broker.process.status("RssAnon") - before
        operations = checked(broker, load)
    found = history.counts(operations)
    report(f"{sum(sent.values())} frames in {seconds:.1f} s, own memory grew by {growth} KiB; the "
           f"good producers: {found}, the slowest answer "
           f"{max(one.returned - one.invoked for one in operations) / 1000:.0f} ms")
    assert set(sent) == {kind.__name__ for kind in [*CLOSING, half_frame_and_gone]}
    assert found[history.ACKED] == len(operations) > 0
    assert growth < MAX_GROWTH_KIB
