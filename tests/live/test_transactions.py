"""kill -9 at every step of a transaction: what was committed is delivered, the rest never is."""

import signal
import time

import pytest
import wire
from transactions import (COMMIT, ROLLBACK, answer_checks, delivered, end, end_oneway, prepare)

TOPIC = "LiveTransactions"


@pytest.fixture
def quick(broker):
    """Open transactions are asked about at once."""
    broker.settings.update(transactionTimeOut=0, transactionCheckInterval=200,
                           transactionCheckMax=1000)
    return broker


def kill(broker):
    broker.process.signal(signal.SIGKILL)
    assert broker.process.wait_end() == -signal.SIGKILL


def test_a_kill_between_half_and_end_loses_no_transaction(quick):
    quick.start()
    with wire.Connection(quick.address) as connection:
        halves = [prepare(connection, TOPIC, f"m{number}") for number in range(40)]
        decisions = {half.body: COMMIT if number % 2 else ROLLBACK
                     for number, half in enumerate(halves)}
        kill(quick)
    quick.start()
    assert answer_checks(quick, decisions, set(decisions)) == set(decisions)
    wanted = {body for body, decision in decisions.items() if decision == COMMIT}
    deadline = time.monotonic() + 20
    while set(delivered(quick, TOPIC)) != wanted:
        assert time.monotonic() < deadline, delivered(quick, TOPIC)
        answer_checks(quick, decisions, set(), seconds=2)


def test_an_end_that_was_answered_survives(quick):
    quick.settings.update(transactionTimeOut=60_000)
    quick.start()
    with wire.Connection(quick.address) as connection:
        for number in range(20):
            half = prepare(connection, TOPIC, f"m{number}")
            assert end(connection, half, COMMIT if number % 2 else ROLLBACK).code == wire.SUCCESS
        kill(quick)
    wanted = [f"m{number}" for number in range(20) if number % 2]
    quick.settings.update(transactionTimeOut=0)
    quick.start()
    assert delivered(quick, TOPIC) == wanted
    assert answer_checks(quick, {}, set(), seconds=4) == set(), "asked about what was over"


def test_kills_among_ends_lose_no_commit(quick, seed, report, rounds):
    """Some kills come between a commit and the note that its half is over."""
    quick.start()
    decisions = {}
    for cycle in range(rounds(6, 40)):
        with wire.Connection(quick.address) as connection:
            halves = [prepare(connection, TOPIC, f"c{cycle}m{number}") for number in range(60)]
            for half in halves:
                decisions[half.body] = seed.choice([COMMIT, COMMIT, ROLLBACK])
            for half in halves:
                end_oneway(connection, half, decisions[half.body])
            # The moment of the fault is the test's input: there is no event to wait for.
            time.sleep(seed.uniform(0, 0.01))
            kill(quick)
        quick.start()
    wanted = {body for body, decision in decisions.items() if decision == COMMIT}
    deadline = time.monotonic() + 60
    asked = 0
    while not wanted <= set(found := delivered(quick, TOPIC)):
        assert time.monotonic() < deadline, wanted - set(found)
        asked += len(answer_checks(quick, decisions, set(), seconds=5))
    assert set(found) <= wanted, "what was rolled back is there"
    report(f"{len(decisions)} transactions, {asked} asked about again, "
           f"{len(found) - len(wanted)} delivered twice")
