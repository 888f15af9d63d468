"""kill -9 around a reset: what was answered holds in every queue, what was not is there as a whole
or not at all, and a consumer that goes on committing its old offset never undoes it."""

import signal
import struct
import threading
import time

import wire

TOPIC, GROUP = "ResetKill", "reset-kill"
QUEUES, MESSAGES = 4, 40
QUERY_OFFSET, RESET_BY_TIME, RESET_TO_OFFSETS = 14, 222, 30001
SEARCH_OFFSET = 29
PULL_OFFSET_MOVED = 21
COMMIT_FLAG = 1
STORE_TIME_POSITION = 56
FOLLOWED_SECONDS = 20


def offset_key(queue):
    return f'{{"brokerName":"live","queueId":{queue},"topic":"{TOPIC}"}}'


def offsets_body(offsets):
    entries = ",".join(f"{offset_key(queue)}:{offset}" for queue, offset in offsets.items())
    return f'{{"offsetTable":{{{entries}}}}}'.encode()


def pull(connection, queue, offset, commit=None):
    fields = {**wire.pull_fields(TOPIC, queue, offset), "consumerGroup": GROUP}
    if commit is not None:
        fields.update(sysFlag=wire.SUBSCRIPTION_FLAG | COMMIT_FLAG, commitOffset=commit)
    return connection.call(11, fields)


def commit(connection, queue, offset):
    return connection.call(wire.UPDATE_CONSUMER_OFFSET,
                           {"consumerGroup": GROUP, "topic": TOPIC, "queueId": queue,
                            "commitOffset": offset})


def committed(connection):
    found = {}
    for queue in range(QUEUES):
        answer = connection.call(QUERY_OFFSET, {"consumerGroup": GROUP, "topic": TOPIC,
                                                "queueId": queue})
        assert answer.code == wire.SUCCESS, answer.remark
        found[queue] = int(answer.fields["offset"])
    return found


class StubbornConsumer:
    """Commits the end of every queue by both ways there are, over and over, and heeds nothing."""

    def __init__(self, broker):
        self._broker = broker
        self._stop = threading.Event()
        self.commits = 0
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def _run(self):
        while not self._stop.is_set():
            try:
                with wire.Connection(self._broker.address) as connection:
                    while not self._stop.is_set():
                        for queue in range(QUEUES):
                            commit(connection, queue, MESSAGES)
                            pull(connection, queue, MESSAGES, commit=MESSAGES)
                            self.commits += 2
            except OSError:
                time.sleep(0.005)


def fill(connection):
    """The store time of each message of queue 0."""
    assert connection.call(wire.UPDATE_AND_CREATE_TOPIC,
                           wire.topic_fields(TOPIC, QUEUES)).code == wire.SUCCESS
    for _ in range(MESSAGES):
        for queue in range(QUEUES):
            answer = connection.call(wire.SEND_MESSAGE_V2, wire.send_fields(TOPIC, queue, ""), b"x")
            assert answer.code == wire.SUCCESS, answer.remark
    times = []
    for offset in range(MESSAGES):
        body = connection.call(11, {**wire.pull_fields(TOPIC, 0, offset, 1)}).body
        times += struct.unpack_from(">q", body, STORE_TIME_POSITION)
    for queue in range(QUEUES):
        assert commit(connection, queue, MESSAGES).code == wire.SUCCESS
    return times


def wait_saved(broker):
    """Until the ends of the queues are on disk, and no reset that nobody has followed is."""
    config = broker.store / "config"
    ends = f'"{TOPIC}@{GROUP}":{{' + ",".join(f"{queue}:{MESSAGES}" for queue in range(QUEUES))
    deadline = time.monotonic() + FOLLOWED_SECONDS
    while True:
        offsets, resets = config / "consumerOffset.json", config / "resetOffset.json"
        if offsets.exists() and ends in offsets.read_text():
            pending = resets.read_text().partition("followedTable")[0] if resets.exists() else ""
            if "@" not in pending:
                return
        assert time.monotonic() < deadline, "offsets are not saved"
        time.sleep(0.02)


def make_request(connection, seed, times):
    """(frame, where each queue goes)"""
    if seed.random() < 0.5:
        targets = {queue: seed.randrange(MESSAGES) for queue in range(QUEUES)}
        return wire.frame(RESET_TO_OFFSETS, {"topic": TOPIC, "group": GROUP},
                          offsets_body(targets), 7), targets
    moment = seed.choice(times[:-1])
    targets = {}
    for queue in range(QUEUES):
        answer = connection.call(SEARCH_OFFSET, {"topic": TOPIC, "queueId": queue,
                                                 "timestamp": moment})
        targets[queue] = int(answer.fields["offset"])
    return wire.frame(RESET_BY_TIME, {"topic": TOPIC, "group": GROUP, "timestamp": str(moment),
                                      "isForce": "true"}, b"", 7), targets


def kill_behind(broker, seed, frame):
    """True when the reset was answered before the broker was killed."""
    with wire.Connection(broker.address) as connection:
        connection.send(frame)
        # The moment of the fault is the test's input: there is no event to wait for.
        time.sleep(seed.choice((seed.uniform(0, 0.004), seed.uniform(0, 0.06))))
        broker.process.signal(signal.SIGKILL)
        assert broker.process.wait_end() == -signal.SIGKILL
        try:
            answer = connection.read()
        except OSError:
            return False
    assert answer.code == wire.SUCCESS, answer.remark
    return True


def follow(broker, connection, targets):
    """Pulls from the targets, after which commits count again; waits until that is on disk."""
    for queue, target in targets.items():
        assert pull(connection, queue, target).code == wire.SUCCESS
        assert commit(connection, queue, MESSAGES).code == wire.SUCCESS
    wait_saved(broker)
    assert committed(connection) == dict.fromkeys(range(QUEUES), MESSAGES)


def test_an_answered_reset_survives_kills(broker, seed, rounds, report):
    broker.settings.update(flushConsumerOffsetInterval=100)
    broker.start()
    before = dict.fromkeys(range(QUEUES), MESSAGES)
    with wire.Connection(broker.address) as connection:
        times = fill(connection)
    wait_saved(broker)
    held = {True: 0, False: 0}
    undone = 0
    with StubbornConsumer(broker) as stubborn:
        for _ in range(rounds(20, 100)):
            with wire.Connection(broker.address) as connection:
                frame, targets = make_request(connection, seed, times)
            answered = kill_behind(broker, seed, frame)
            broker.start()
            with wire.Connection(broker.address) as connection:
                seen = stubborn.commits
                found = committed(connection)
                if found != targets:
                    assert not answered, f"{targets} was answered, and {found} is there"
                    assert found == before, f"a part of {targets}: {found}"
                    undone += 1
                    continue
                held[answered] += 1
                while stubborn.commits < seen + 2 * QUEUES:
                    time.sleep(0.001)
                assert committed(connection) == targets, "an old commit has undone the reset"
                for queue, target in targets.items():
                    moved = pull(connection, queue, MESSAGES)
                    assert moved.code == PULL_OFFSET_MOVED
                    assert int(moved.fields["nextBeginOffset"]) == target
                follow(broker, connection, targets)
    report(f"answered and held {held[True]}, not answered and held {held[False]}, not answered and "
           f"not there {undone}; {stubborn.commits} old commits meanwhile")
    assert held[True] > 0
