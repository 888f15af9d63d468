"""The checker has to notice each kind of damage; a checker that finds nothing proves nothing."""

import dataclasses

import history
import pattern
import pytest
from history import ACKED, REFUSED, UNKNOWN, Drained, Operation, Stored

PRODUCERS = 3
SEQS = 40
QUEUES = 2


def good():
    """Producers in turn, one send after the other; every seventh outcome is unknown and stored."""
    operations, messages, ends = [], [], dict.fromkeys(range(QUEUES), 0)
    now = 1000
    for seq in range(SEQS):
        for producer in range(PRODUCERS):
            queue = (producer + seq) % QUEUES
            offset = ends[queue]
            ends[queue] += 1
            result = UNKNOWN if (seq * PRODUCERS + producer) % 7 == 6 else ACKED
            operations.append(Operation(producer, queue, seq, now, now + 5, result,
                                        offset if result == ACKED else -1))
            messages.append(Stored(queue, offset, producer, seq))
            now += 10
    return operations, Drained({queue: (0, end) for queue, end in ends.items()}, messages, [])


def without(drained, index):
    """The same queues without this message, the ones behind it moved up."""
    gone = drained.messages[index]
    kept = [dataclasses.replace(one, offset=one.offset - 1)
            if one.queue == gone.queue and one.offset > gone.offset else one
            for one in drained.messages if one is not gone]
    bounds = dict(drained.bounds)
    bounds[gone.queue] = (0, bounds[gone.queue][1] - 1)
    return Drained(bounds, kept, [])


def problems_of(operations, drained, **options):
    return "\n".join(history.check(operations, drained, **options))


def test_nothing_is_wrong_with_a_good_history():
    operations, drained = good()
    assert history.check(operations, drained) == []
    assert history.counts(operations)[ACKED] > history.counts(operations)[UNKNOWN] > 0


def test_an_unknown_outcome_may_be_missing_but_not_an_acknowledged_message():
    operations, drained = good()
    last_unknown = max(i for i, one in enumerate(operations) if one.result == UNKNOWN)
    cut_operations = operations[:last_unknown + 1]
    cut = Drained({}, drained.messages[:last_unknown + 1], [])
    for queue in range(QUEUES):
        cut.bounds[queue] = (0, sum(1 for one in cut.messages if one.queue == queue))
    assert history.check(cut_operations, cut) == []
    assert history.check(cut_operations, without(cut, last_unknown)) == []
    assert "lost: producer 0 seq 0" in problems_of(cut_operations, without(cut, 0))


def test_a_lost_tail_is_a_loss():
    operations, drained = good()
    assert "lost: " in problems_of(operations, without(drained, len(drained.messages) - 1))


def test_a_hole_is_found():
    operations, drained = good()
    del drained.messages[10]
    assert "offsets of 0 to" in problems_of(operations, drained)


def test_an_offset_given_twice_is_found():
    operations, drained = good()
    drained.messages[10] = dataclasses.replace(drained.messages[10],
                                               offset=drained.messages[10].offset + 1)
    assert "twice [" in problems_of(operations, drained)


def swapped(drained, first, second):
    one, other = drained.messages[first], drained.messages[second]
    drained.messages[first] = dataclasses.replace(one, offset=other.offset)
    drained.messages[second] = dataclasses.replace(other, offset=one.offset)


def test_a_reorder_of_one_producer_is_found():
    operations, drained = good()
    mine = [i for i, one in enumerate(drained.messages) if one.producer == 0 and one.queue == 0]
    first, second = mine[3], mine[4]
    swapped(drained, first, second)
    moved = {(one.producer, one.seq): one.offset for one in drained.messages}
    operations = [dataclasses.replace(one, offset=moved[one.producer, one.seq])
                  if one.result == ACKED else one for one in operations]
    found = problems_of(operations, drained)
    assert "ended before" in found and "lost" not in found


def test_a_reorder_among_producers_is_found_but_not_of_sends_at_the_same_time():
    operations = [Operation(0, 0, 0, 10, 20, ACKED, 1), Operation(1, 0, 0, 30, 40, ACKED, 0)]
    drained = Drained({0: (0, 2)}, [Stored(0, 0, 1, 0), Stored(0, 1, 0, 0)], [])
    assert "ended before" in problems_of(operations, drained)
    together = [dataclasses.replace(operations[0], returned=50), operations[1]]
    assert history.check(together, drained) == []


def test_an_unknown_outcome_may_come_late_but_never_before_it_was_sent():
    early = Operation(0, 0, 0, 10, 20, UNKNOWN)
    late = Operation(0, 0, 1, 30, 40, ACKED, 0)
    drained = Drained({0: (0, 2)}, [Stored(0, 0, 0, 1), Stored(0, 1, 0, 0)], [])
    assert history.check([early, late], drained) == []
    acked = Operation(0, 0, 0, 10, 20, ACKED, 1)
    unknown = Operation(0, 0, 1, 30, 40, UNKNOWN)
    assert "ended before" in problems_of([acked, unknown], drained)


def test_an_answered_offset_that_is_not_the_messages_own_is_found():
    operations, drained = good()
    swapped(drained, 0, 2)
    assert "is at offset" in problems_of(operations, drained)


@pytest.mark.parametrize("damage, text", [
    ({"sound": False}, "not those of one sent message"),
    ({"producer": 99}, "never sent"),
    ({"producer": 0, "seq": 0}, "stored twice"),
    ({"queue": 1}, "was sent to queue 0"),
])
def test_a_foreign_message_is_found(damage, text):
    operations, drained = good()
    index = next(i for i, one in enumerate(drained.messages) if one.queue == 0 and one.seq == 20)
    drained.messages[index] = dataclasses.replace(drained.messages[index], **damage)
    assert text in problems_of(operations, drained)


def test_a_refused_message_that_is_stored_is_found():
    operations, drained = good()
    operations[5] = dataclasses.replace(operations[5], result=REFUSED, code=14)
    assert "was refused with 14 and is stored" in problems_of(operations, drained)


def test_a_queue_that_begins_late_is_found_unless_old_messages_may_be_deleted():
    operations, drained = good()
    kept = [one for one in drained.messages if one.offset >= 3]
    late = Drained({queue: (3, high) for queue, (_, high) in drained.bounds.items()}, kept, [])
    assert "begins at 3" in problems_of(operations, late)
    assert history.check(operations, late, first_offset=None) == []
    # Deleted while they were read.
    reading = Drained(late.bounds, drained.messages, [])
    assert history.check(operations, reading, first_offset=None) == []
    assert "offsets of 3 to" in problems_of(operations, reading)
    late.messages.pop()
    assert history.check(operations, late, first_offset=None) != []


def test_a_stuck_queue_is_found():
    operations, drained = good()
    drained.stuck.append("stuck 0 12 20")
    assert "found nothing: stuck 0 12 20" in problems_of(operations, drained)


@pytest.mark.parametrize("size", [64, 65, 1024, 5000])
def test_every_byte_of_a_body_is_its_own(size):
    body = pattern.make_body(7, 123456, size)
    assert len(body) == size and pattern.read_body(body) == (7, 123456)
    for at in range(0, size, max(1, size // 50)):
        assert pattern.read_body(body[:at] + bytes([body[at] ^ 1]) + body[at + 1:]) is None
    assert pattern.read_body(body[:-1]) is None and pattern.read_body(body + b"x") is None
    assert pattern.read_body(b"") is None


def test_the_files_are_read(tmp_path):
    (tmp_path / "history").write_text("1 2 3 10 20 acked 7 0\n1 0 4 30 40 unknown -1 10\n")
    assert history.read_operations(tmp_path / "history") == [
        Operation(1, 2, 3, 10, 20, ACKED, 7), Operation(1, 0, 4, 30, 40, UNKNOWN, -1, 10)]
    (tmp_path / "drained").write_text(
        "bounds 0 0 2\nmessage 0 0 1 3 ok\nmessage 0 1 -1 -1 foreign\nstuck 0 2 20\n")
    assert history.read_drained(tmp_path / "drained") == Drained(
        {0: (0, 2)}, [Stored(0, 0, 1, 3), Stored(0, 1, -1, -1, False)], ["stuck 0 2 20"])
