"""Interval replay: exactly the wanted messages in the retry topic, also over a kill."""

import collections
import json
import signal
import time

import replays
import wire

TOPIC = "Replayed"
QUEUES = 8
MESSAGES = 10_000
RATE = 1000
SYSTEM_BUSY = 2


def send_all(connection, count=MESSAGES):
    """name -> (tag, queue): tags in turn, over all queues."""
    sent = {}
    left = list(range(count))
    while left:
        batch, left = left[:100], left[100:]
        for number in batch:
            name, tag, queue = f"m-{number}", "AB"[number // QUEUES % 2], number % QUEUES
            properties = f"UNIQ_KEY\x01{name}\x02TAGS\x01{tag}\x02"
            connection.send(wire.frame(wire.SEND_MESSAGE_V2,
                                       wire.send_fields(TOPIC, queue, properties, QUEUES),
                                       name.encode(), number))
            sent[name] = (tag, queue)
        for _ in batch:
            answer = connection.read()
            assert answer.code in (wire.SUCCESS, SYSTEM_BUSY), answer.remark
            # A machine that is busy itself lets sends wait too long; they are not stored then.
            if answer.code == SYSTEM_BUSY:
                left.append(answer.opaque)
    return sent


def prepare(broker, retry_queues=1):
    broker.start()
    with wire.Connection(broker.address) as connection:
        connection.call(wire.UPDATE_AND_CREATE_TOPIC, wire.topic_fields(TOPIC, QUEUES))
        for group in ("wanted", "other"):
            replays.make_group(connection, group, retry_queues)
        first = int(time.time() * 1000)
        sent = send_all(connection)
        for queue in range(QUEUES):
            connection.call(wire.UPDATE_CONSUMER_OFFSET, {
                "consumerGroup": "wanted", "topic": TOPIC, "queueId": queue,
                "commitOffset": queue + 1})
        # The interval must be over when it is asked for.
        time.sleep(0.01)
        return sent, first, int(time.time() * 1000)


def check_copies(connection, sent, name, retry_queues=1):
    """Every wanted message is there once, in its queue's order; how many came twice."""
    seen = collections.Counter()
    last = {}
    for retry_queue in range(retry_queues):
        for body, properties in replays.read_queue(connection, "%RETRY%wanted", retry_queue):
            assert properties["REWIND_REPLAY_ID"] == name
            assert properties["RETRY_TOPIC"] == properties["REWIND_ORIGIN_TOPIC"] == TOPIC
            queue = int(properties["REWIND_ORIGIN_QUEUE_ID"])
            assert queue == sent[body][1] and queue % retry_queues == retry_queue
            assert properties["UNIQ_KEY"] == body
            seen[body] += 1
            if seen[body] == 1:
                offset = int(properties["REWIND_ORIGIN_OFFSET"])
                assert offset > last.get(queue, -1), f"queue {queue} is out of order"
                last[queue] = offset
    wanted = {body for body, (tag, _) in sent.items() if tag == "A"}
    assert seen.keys() == wanted, (len(seen), len(wanted))
    assert not replays.read_queue(connection, "%RETRY%other", 0)
    assert [replays.committed(connection, "wanted", TOPIC, queue) for queue in range(QUEUES)] == [
        queue + 1 for queue in range(QUEUES)]
    return seen.total() - len(seen)


def test_a_killed_replay_goes_on_and_loses_nothing(broker, seed, report):
    # Commits must be on disk before the first kill.
    broker.settings.update(flushConsumerOffsetInterval=500)
    sent, first, until = prepare(broker, retry_queues=3)
    with wire.Connection(broker.address) as connection:
        wanted = replays.order("r-1", TOPIC, "wanted", first, until, tag="A",
                               messagesPerSecond=RATE)
        begin = time.monotonic()
        replays.start(connection, wanted)
        early = replays.wait_until(connection, "r-1",
                                   lambda one: replays.total(one, "delivered") >= 2 * RATE)
        rate = replays.total(early, "delivered") / (time.monotonic() - begin)
        report(f"{RATE} messages a second were ordered, {rate:.0f} were measured over 2 s")
        # The moment of the fault is the test's input.
        time.sleep(seed.uniform(0, 0.7))
    for _ in range(2):
        broker.process.signal(signal.SIGKILL)
        assert broker.process.wait_end() == -signal.SIGKILL
        broker.start()
        time.sleep(seed.uniform(0, 0.5))
    with wire.Connection(broker.address) as connection:
        again = replays.start(connection, wanted)
        assert again["state"] in ("Running", "Finished")
        found = replays.finish(connection, "r-1")
        repeated = check_copies(connection, sent, "r-1", 3)
        assert replays.total(found, "delivered") == MESSAGES // 2
        assert replays.total(found, "filtered") == MESSAGES // 2
        assert replays.total(found, "repeated") == repeated
        assert replays.total(found, "missing") == 0
        assert found["unconsumed"] == MESSAGES // 2
    report(f"2 kills: {MESSAGES // 2} messages came, {repeated} of them twice")
    assert broker.terminate() == 0


def test_without_a_rate_it_is_fast_and_stops_quickly(broker, report):
    sent, first, until = prepare(broker)
    with wire.Connection(broker.address) as connection:
        begin = time.monotonic()
        replays.start(connection, replays.order("fast", TOPIC, "wanted", first, until, tag="A"))
        found = replays.wait_until(connection, "fast",
                                   lambda one: replays.total(one, "delivered") >= MESSAGES // 2)
        seconds = time.monotonic() - begin
        report(f"{MESSAGES // 2} messages in {seconds:.2f} s, "
               f"{MESSAGES / 2 / seconds:.0f} a second, asked every 50 ms")
        found = replays.finish(connection, "fast")
        assert check_copies(connection, sent, "fast") == replays.total(found, "repeated") == 0
        replays.start(connection, replays.order("slow", TOPIC, "wanted", first, until, tag="A",
                                                messagesPerSecond=100))
        begin = time.monotonic()
        assert broker.terminate() == 0
        report(f"a broker with a replay at work stopped in {time.monotonic() - begin:.2f} s")
    broker.start()
    with wire.Connection(broker.address) as connection:
        assert replays.status(connection, "slow")["state"] == "Running"
        assert replays.steer(connection, "slow", pause="true")["state"] == "Paused"
        paused = replays.total(replays.status(connection, "slow"), "delivered")
        cancelled = replays.steer(connection, "slow", cancel="true")
        assert cancelled["state"] == "Cancelled"
        assert replays.total(cancelled, "delivered") == paused
        copies = [one for one in replays.read_queue(connection, "%RETRY%wanted", 0)
                  if one[1]["REWIND_REPLAY_ID"] == "slow"]
        assert len(copies) == paused < MESSAGES // 2


def test_what_is_deleted_ends_its_replays(broker):
    sent, first, until = prepare(broker)
    assert sent
    with wire.Connection(broker.address) as connection:
        for group in ("wanted", "other"):
            replays.start(connection, replays.order(group, TOPIC, group, first, until,
                                                    messagesPerSecond=10))
        lines = connection.call(replays.RUNTIME_INFO).body.decode()
        assert "replay_wanted" in lines and "replay_other" in lines
        connection.call(replays.DELETE_GROUP, {"groupName": "wanted"})
        failed = replays.status(connection, "wanted")
        assert (failed["state"], failed["message"]) == ("Failed", "group wanted was deleted")
        assert replays.status(connection, "other")["state"] == "Running"
        connection.call(replays.DELETE_TOPIC, {"topic": TOPIC})
        failed = replays.status(connection, "other")
        assert (failed["state"], failed["message"]) == ("Failed", f"topic {TOPIC} was deleted")
        assert "replay_" not in connection.call(replays.RUNTIME_INFO).body.decode()
    assert broker.terminate() == 0
    broker.start()
    with wire.Connection(broker.address) as connection:
        assert replays.status(connection, "other") == failed


def test_refusals_have_codes_and_reasons(broker):
    broker.start()
    with wire.Connection(broker.address) as connection:
        connection.call(wire.UPDATE_AND_CREATE_TOPIC, wire.topic_fields(TOPIC, QUEUES))
        replays.make_group(connection, "wanted")

        def refused(code, reason, **changes):
            wanted = {**replays.order("r", TOPIC, "wanted", 1, 2), **changes}
            answer = connection.call(replays.START_REPLAY, {}, json.dumps(wanted).encode())
            assert answer.code == code and reason in answer.remark, (answer.code, answer.remark)

        refused(17, "Topic Unknown does not exist", topic="Unknown")
        refused(26, "Group Unknown does not exist", group="Unknown")
        refused(1, "in the future", untilMs=int(time.time() * 1000) + 60_000)
        refused(1, "is no replay's id", id="a b")
        answer = connection.call(replays.START_REPLAY, {}, b"{")
        assert answer.code == 1 and "the order of a replay" in answer.remark
        answer = connection.call(replays.STEER_REPLAY, {"replayId": "unknown", "cancel": "true"})
        assert answer.code == replays.QUERY_NOT_FOUND
        answer = connection.call(replays.STEER_REPLAY, {})
        assert answer.code == 1 and "replayId" in answer.remark
