"""SIGSTOP for five seconds, as a paused machine: nothing acknowledged is lost or stored twice, and
everybody goes on by themselves."""

import contextlib
import signal
import time

import history
import wire
from polling import connect_and_wait, send_one, seconds_until_answered
from processes import Load

PAUSE_SECONDS = 5
RECOVERY_SECONDS = 5
TIMEOUT_MS = 3000  # of a send, so that everybody notices the pause
WAITERS = 50
WAITING_TOPIC = "Waiting"


def test_a_paused_broker_loses_nothing_and_clients_go_on(broker, folder, report, checked, rounds):
    broker.start()
    with contextlib.ExitStack() as stack:
        sender = stack.enter_context(wire.Connection(broker.address))
        fields = wire.topic_fields(WAITING_TOPIC, 1)
        assert sender.call(wire.UPDATE_AND_CREATE_TOPIC, fields).code == wire.SUCCESS
        load = stack.enter_context(Load(broker, folder, producers=8, timeout_ms=TIMEOUT_MS))
        load.wait_result("acked")
        recoveries, woken = [], []
        for number in range(rounds(2, 10)):
            with contextlib.ExitStack() as waiting:
                waiters = connect_and_wait(waiting, broker.address, WAITERS, WAITING_TOPIC, 0,
                                           number, suspend_ms=60_000)
                recoveries.append(pause(broker, load))
                passed = seconds_until_answered(
                    waiters, lambda: send_one(sender, WAITING_TOPIC, queues=1), RECOVERY_SECONDS)
                woken.append(passed[-1])
        operations = checked(broker, load)
    report(f"{len(recoveries)} pauses of {PAUSE_SECONDS} s; {history.counts(operations)}; first "
           f"acknowledgement {max(recoveries):.2f} s after the pause, pulls that had waited "
           f"through it woken in {max(woken) * 1000:.0f} ms")
    assert broker.process.running()


def pause(broker, load):
    """Seconds from the end of the pause to the next acknowledged send."""
    heard = len(load.lines)
    broker.process.signal(signal.SIGSTOP)
    try:
        # The pause itself is what is tested; nothing is waited for. The producers' sends time out.
        time.sleep(PAUSE_SECONDS)
    finally:
        broker.process.signal(signal.SIGCONT)
    begin = time.monotonic()
    load.wait_result("acked", seconds=RECOVERY_SECONDS, start=heard)
    return time.monotonic() - begin
