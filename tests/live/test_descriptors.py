"""More connections than the process may have descriptors: accepting pauses and does not spin, those
who are connected are served, files can still be opened, and everything recovers."""

import contextlib
import resource
import time

import history
import wire
from processes import Load

LIMIT = 64
CONNECTS = 500
MEASURE_SECONDS = 3
MAX_CPU_SHARE = 0.2
RECOVERY_SECONDS = 5
# Rolls the 1 MiB log segments over more than once.
BIG_SENDS = 40
BIG_BYTES = 65_536


def crowd(address, stack):
    """Connections that say nothing; the kernel makes them before the broker accepts."""
    return [stack.enter_context(wire.Connection(address)) for _ in range(CONNECTS)]


def test_running_out_of_descriptors_harms_nobody_who_is_connected(broker, folder, report, checked):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 2 * CONNECTS)), hard))
    broker.settings.update(mappedFileSizeCommitLog=1 << 20)
    broker.start(wrapper=["prlimit", f"--nofile={LIMIT}"])
    with contextlib.ExitStack() as stack:
        load = stack.enter_context(Load(broker, folder, producers=4, count=2000))
        load.wait_result("acked")
        first = stack.enter_context(wire.Connection(broker.address))
        assert first.call(wire.GET_BROKER_CONFIG).code == wire.SUCCESS
        others = contextlib.ExitStack()
        with others:
            crowd(broker.address, others)
            operations = history.read_operations(ended(load))
            share = idle_cpu_share(broker, first)
            assert share < MAX_CPU_SHARE, f"{share:.0%} of a processor while accepting pauses"
            assert broker.process.descriptors() <= LIMIT
            send_big(first)
        recovery = seconds_until_served(broker)
        assert broker.process.running()
    report(f"{history.counts(operations)}; {share:.1%} CPU with {CONNECTS} connections at "
           f"{LIMIT} descriptors; a new one served {recovery:.2f} s after they left")
    assert {one.result for one in operations} == {history.ACKED}
    checked(broker, load.path)


def ended(load):
    assert load.wait_end() == 0, load.tail()
    return load.path


def idle_cpu_share(broker, connection):
    """A connected client asks a little meanwhile and has to be answered."""
    begin, used = time.monotonic(), broker.process.cpu_seconds()
    while (passed := time.monotonic() - begin) < MEASURE_SECONDS:
        assert connection.call(wire.GET_BROKER_CONFIG).code == wire.SUCCESS
        time.sleep(0.1)
    return (broker.process.cpu_seconds() - used) / passed


def send_big(connection):
    fields = wire.send_fields("Big", 0, "WAIT\x01true")
    for _ in range(BIG_SENDS):
        answer = connection.call(wire.SEND_MESSAGE_V2, fields, b"x" * BIG_BYTES)
        assert answer.code == wire.SUCCESS, (answer.code, answer.remark)


def seconds_until_served(broker):
    begin = time.monotonic()
    with wire.Connection(broker.address, timeout=RECOVERY_SECONDS) as connection:
        assert connection.call(wire.GET_BROKER_CONFIG).code == wire.SUCCESS
    return time.monotonic() - begin
