"""Checks what producers remember against what the broker has (etcd's and Kafka's way).

The promises, for one broker that was killed, stopped, filled up or broken any number of times:

* an acknowledged message is there exactly once, in its queue, at the offset that was answered;
* a message whose outcome is unknown is there once or not at all, because nothing is sent twice;
* a refused message is not there, and nothing is there that nobody sent;
* a queue's offsets are dense, each given once;
* when one send to a queue ended before another began, it comes first: so the order of each producer
  is kept, and the order between producers as far as anybody could know it;
* every body and its properties are those of the message that was sent.
"""

import dataclasses

ACKED = "acked"
REFUSED = "refused"
UNKNOWN = "unknown"
MAX_PROBLEMS = 20


@dataclasses.dataclass(frozen=True)
class Operation:
    producer: int
    queue: int
    seq: int
    invoked: int  # microseconds of the steady clock, time.monotonic() * 1e6
    returned: int
    result: str
    offset: int = -1
    code: int = 0


@dataclasses.dataclass(frozen=True)
class Stored:
    queue: int
    offset: int
    producer: int
    seq: int
    sound: bool = True


@dataclasses.dataclass(frozen=True)
class Drained:
    bounds: dict  # queue -> (min offset, max offset)
    messages: list
    stuck: list


def read_operations(path):
    operations = []
    with open(path, encoding="ascii") as file:
        for line in file:
            producer, queue, seq, invoked, returned, result, offset, code = line.split()
            operations.append(Operation(int(producer), int(queue), int(seq), int(invoked),
                                        int(returned), result, int(offset), int(code)))
    return operations


def read_drained(path):
    drained = Drained({}, [], [])
    with open(path, encoding="ascii") as file:
        for line in file:
            kind, *fields = line.split()
            if kind == "bounds":
                queue, low, high = map(int, fields)
                drained.bounds[queue] = (low, high)
            elif kind == "message":
                *numbers, sound = fields
                drained.messages.append(Stored(*map(int, numbers), sound == "ok"))
            else:
                drained.stuck.append(line.strip())
    return drained


class _Problems(list):
    def add(self, text):
        if len(self) < MAX_PROBLEMS:
            self.append(text)


def check(operations, drained, first_offset=0):
    """The list of what is wrong, each in words. `first_offset` is where queues have to begin; None
    when old messages may have been deleted, which then are not missed."""
    problems = _Problems()
    for line in drained.stuck:
        problems.add(f"a pull below the queue's max offset found nothing: {line}")
    stored = _check_offsets(drained, first_offset, problems)
    known = {(one.producer, one.seq): one for one in operations}
    where = _check_contents(drained.messages, known, problems)
    _check_acked(operations, where, drained.bounds, first_offset, problems)
    for queue in sorted(stored):
        _check_order(stored[queue], known, problems)
    return list(problems)


def _check_offsets(drained, first_offset, problems):
    stored = {}
    for message in drained.messages:
        stored.setdefault(message.queue, []).append(message)
    for queue, (low, high) in sorted(drained.bounds.items()):
        if first_offset is not None and low != first_offset and high > 0:
            problems.add(f"queue {queue} begins at {low} in place of {first_offset}")
        found = [message.offset for message in stored.get(queue, [])
                 if first_offset is not None or message.offset >= low]
        if sorted(found) != list(range(low, high)):
            missing = sorted(set(range(low, high)) - set(found))
            problems.add(f"queue {queue} has {len(found)} offsets of {low} to {high}: "
                         f"missing {missing[:5]}, twice {_repeated(found)[:5]}")
    return {queue: sorted(messages, key=lambda message: message.offset)
            for queue, messages in stored.items()}


def _repeated(values):
    seen, repeated = set(), []
    for value in values:
        if value in seen:
            repeated.append(value)
        seen.add(value)
    return repeated


def _check_contents(messages, known, problems):
    where = {}
    for message in messages:
        name = f"queue {message.queue} offset {message.offset}"
        key = (message.producer, message.seq)
        operation = known.get(key)
        if not message.sound:
            problems.add(f"{name}: body or properties are not those of one sent message")
        elif operation is None:
            problems.add(f"{name}: producer {key[0]} never sent {key[1]}")
        elif operation.result == REFUSED:
            problems.add(f"{name}: {key} was refused with {operation.code} and is stored")
        elif operation.queue != message.queue:
            problems.add(f"{name}: {key} was sent to queue {operation.queue}")
        elif key in where:
            problems.add(f"{name}: {key} is stored twice, also at {where[key]}")
        else:
            where[key] = message.offset
    return where


def _check_acked(operations, where, bounds, first_offset, problems):
    for one in operations:
        if one.result != ACKED:
            continue
        name = f"producer {one.producer} seq {one.seq}, acknowledged at queue {one.queue} " \
               f"offset {one.offset}"
        offset = where.get((one.producer, one.seq))
        low = bounds.get(one.queue, (0, 0))[0]
        if offset is None and first_offset is None and one.offset < low:
            continue
        if offset is None:
            problems.add(f"lost: {name}")
        elif offset != one.offset:
            problems.add(f"{name}, is at offset {offset}")


def _check_order(messages, known, problems):
    """Walks the queue; no message may have ended before one that is in front of it began."""
    latest = None  # of those in front, the one that began last
    for message in messages:
        operation = known.get((message.producer, message.seq))
        if operation is None:
            continue
        ended = operation.returned if operation.result == ACKED else None
        if latest is not None and ended is not None and ended < latest.invoked:
            problems.add(f"queue {message.queue} offset {message.offset}: producer "
                         f"{operation.producer} seq {operation.seq} ended before producer "
                         f"{latest.producer} seq {latest.seq} began, but comes after it")
        if latest is None or operation.invoked > latest.invoked:
            latest = operation


def counts(operations):
    """{"acked": n, "refused": n, "unknown": n}, for reports."""
    table = {ACKED: 0, REFUSED: 0, UNKNOWN: 0}
    for one in operations:
        table[one.result] += 1
    return table
