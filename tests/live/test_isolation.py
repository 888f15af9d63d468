"""Many connections that send and pull in pieces and break off in the middle: no byte of one may
come into a message of another. RocketMQ #10911 stored frames of other connections in bodies, with
valid checksums, so only the sender's own pattern can tell."""

import concurrent.futures
import random
import socket
import struct

import history
import pattern
import wire
from history import Operation
from processes import steady_us

CONNECTIONS = 64
TURNS = 200
QUEUES = 4
SIZES = (64, 200, 1024, 5000, 30_000)
TOPIC = "Live"


class Peer:
    """One connection after another, all of one producer number."""

    def __init__(self, address, producer, seed):
        self.operations = []
        self.pulled = 0
        self._address = address
        self._producer = producer
        self._random = random.Random(seed)
        self._seq = 0
        self._opaque = 0
        self._connection = None

    def run(self):
        turns = [(self.send, 6), (self.send_several, 2), (self.pull, 4), (self.break_off, 1),
                 (self.leave_without_answer, 1)]
        for _ in range(TURNS):
            if self._connection is None:
                self._connection = wire.Connection(self._address)
            turn, = self._random.choices([turn for turn, _ in turns], [odds for _, odds in turns])
            turn()
        return self

    def next_send(self):
        """(frame, what is known of it before the answer)"""
        self._seq += 1
        self._opaque += 1
        queue = self._random.randrange(QUEUES)
        data = wire.pattern_send(TOPIC, queue, self._producer, self._seq,
                                 self._random.choice(SIZES), self._opaque, QUEUES)
        return data, (self._producer, queue, self._seq, steady_us())

    def write(self, data):
        self._connection.send_in_pieces(data, wire.random_cuts(self._random, len(data)))

    def read_sent(self, known, opaque):
        answer = self._connection.read()
        assert (answer.opaque, answer.code) == (opaque, wire.SUCCESS), answer.header
        self.operations.append(Operation(*known, steady_us(), history.ACKED,
                                         int(answer.fields["queueOffset"])))

    def send(self):
        data, known = self.next_send()
        self.write(data)
        self.read_sent(known, self._opaque)

    def send_several(self):
        first = self._opaque + 1
        sends = [self.next_send() for _ in range(self._random.randint(2, 5))]
        self.write(b"".join(data for data, _ in sends))
        for opaque, (_, known) in enumerate(sends, first):
            self.read_sent(known, opaque)

    def pull(self):
        self._opaque += 1
        queue, offset = self._random.randrange(QUEUES), self._random.randrange(TURNS * 8)
        self.write(wire.frame(wire.PULL_MESSAGE, wire.pull_fields(TOPIC, queue, offset, 8),
                              opaque=self._opaque))
        answer = self._connection.read()
        assert answer.opaque == self._opaque
        if answer.code != wire.SUCCESS:
            return
        for found, at, topic, body, properties in wire.decode_messages(answer.body):
            origin = pattern.read_body(body)
            assert origin and (found, topic) == (queue, TOPIC), (queue, at, body[:80])
            assert f"UNIQ_KEY\x01{pattern.unique_id(*origin)}\x02".encode() in properties
            self.pulled += 1

    def break_off(self):
        """Part of a frame, never the whole; what is in it may not be stored."""
        data, _ = self.next_send()
        self.write(data[:self._random.randrange(2, len(data))])
        self.hang_up()

    def leave_without_answer(self):
        data, known = self.next_send()
        self.write(data)
        self.operations.append(Operation(*known, steady_us(), history.UNKNOWN))
        self.hang_up()

    def hang_up(self):
        if self._random.random() < 0.5:
            self._connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                               struct.pack("ii", 1, 0))
        self._connection.socket.close()
        self._connection = None


def test_no_byte_comes_from_another_connection(broker, seed, report, checked):
    broker.start()
    with wire.Connection(broker.address) as connection:
        fields = wire.topic_fields(TOPIC, QUEUES)
        assert connection.call(wire.UPDATE_AND_CREATE_TOPIC, fields).code == wire.SUCCESS
    with concurrent.futures.ThreadPoolExecutor(CONNECTIONS) as pool:
        peers = list(pool.map(lambda peer: peer.run(), [
            Peer(broker.address, producer, seed.getrandbits(32))
            for producer in range(CONNECTIONS)]))
    operations = checked(broker, [one for peer in peers for one in peer.operations])
    report(f"{CONNECTIONS} connections; {history.counts(operations)}; "
           f"{sum(peer.pulled for peer in peers)} messages pulled meanwhile")
