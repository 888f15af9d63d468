"""Messages for later, while the broker is killed: all that were acknowledged come, none early."""

import signal
import struct
import threading
import time

import wire

TOPIC = "Later"
QUEUE = 0
DELAY_MS = {1: 1000, 2: 5000}
STORE_TIME_POSITION = 56
LATEST_SECONDS = 20


class Sender(threading.Thread):
    """Sends until it is stopped; remembers what was acknowledged: id -> not before, in ms."""

    def __init__(self, broker, randomness):
        super().__init__(daemon=True)
        self.broker, self.randomness = broker, randomness
        self.due, self.ending, self.acknowledged = {}, threading.Event(), threading.Event()

    def run(self):
        number = 0
        while not self.ending.is_set():
            try:
                with wire.Connection(self.broker.address) as connection:
                    while not self.ending.is_set():
                        number += 1
                        self.send(connection, f"message-{number}")
            except (OSError, ConnectionError):
                self.ending.wait(0.02)  # the broker is being started again

    def send(self, connection, name):
        fields = wire.send_fields(TOPIC, QUEUE, "")
        if self.randomness.random() < 0.5:
            level = self.randomness.choice(list(DELAY_MS))
            wanted, due = f"DELAY\x01{level}\x02", fields["g"] + DELAY_MS[level]
        else:
            due = fields["g"] + self.randomness.randint(500, 5000)
            wanted = f"TIMER_DELIVER_MS\x01{due}\x02"
        fields["i"] = f"UNIQ_KEY\x01{name}\x02{wanted}"
        answer = connection.call(wire.SEND_MESSAGE_V2, fields, name.encode())
        assert answer.code == wire.SUCCESS, answer.remark
        self.due[name] = due
        self.acknowledged.set()

    def stop(self):
        self.ending.set()
        self.join(wire.TIMEOUT_SECONDS)
        assert not self.is_alive()


def stored(connection, offset):
    """[(name, store time in ms)] of what was delivered from this offset on, and the next offset."""
    answer = connection.call(wire.PULL_MESSAGE, wire.pull_fields(TOPIC, QUEUE, offset))
    if answer.code != wire.SUCCESS:
        return [], offset
    found, at = [], 0
    names = [body.decode() for _, _, _, body, _ in wire.decode_messages(answer.body)]
    for name in names:
        total, = struct.unpack_from(">i", answer.body, at)
        when, = struct.unpack_from(">q", answer.body, at + STORE_TIME_POSITION)
        found.append((name, when))
        at += total
    return found, int(answer.fields["nextBeginOffset"])


def collect(broker, due):
    """name -> store times, when every acknowledged message has come."""
    came, offset = {}, 0
    deadline = time.monotonic() + LATEST_SECONDS
    with wire.Connection(broker.address) as connection:
        while not due.keys() <= came.keys():
            assert time.monotonic() < deadline, f"missing: {sorted(due.keys() - came.keys())[:10]}"
            found, offset = stored(connection, offset)
            for name, when in found:
                came.setdefault(name, []).append(when)
            if not found:
                time.sleep(0.05)
    return came


def test_acknowledged_messages_for_later_survive_kills(broker, seed, report, rounds):
    broker.settings.update(mappedFileSizeCommitLog=8 << 20, flushDelayOffsetInterval=500)
    broker.start()
    sender = Sender(broker, seed)
    sender.start()
    kills = rounds(4, 20)
    for _ in range(kills):
        assert sender.acknowledged.wait(wire.TIMEOUT_SECONDS)
        sender.acknowledged.clear()
        # The moment of the fault is the test's input: there is no event to wait for.
        time.sleep(seed.uniform(0.3, 2.0))
        broker.process.signal(signal.SIGKILL)
        assert broker.process.wait_end() == -signal.SIGKILL
        broker.start()
    sender.stop()
    came = collect(broker, sender.due)
    early = {name: sender.due[name] - when for name, times in came.items() if name in sender.due
             for when in times if when < sender.due[name]}
    assert not early, f"early by ms: {list(early.items())[:10]}"
    twice = sum(len(times) - 1 for times in came.values())
    report(f"{kills} kills; {len(sender.due)} acknowledged, all came; {twice} came again")


def test_a_clean_restart_delivers_once(broker, seed, report):
    broker.start()
    sender = Sender(broker, seed)
    sender.start()
    assert sender.acknowledged.wait(wire.TIMEOUT_SECONDS)
    time.sleep(1.5)
    sender.stop()
    assert broker.terminate() == 0
    broker.start()
    came = collect(broker, sender.due)
    again = [name for name, times in came.items() if len(times) > 1]
    assert not again, f"came again: {again[:10]}"
    report(f"{len(came)} messages over a restart, each came once")
