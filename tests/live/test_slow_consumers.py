"""Two hundred consumers ask for messages and never read the answers: the broker's memory stays
bounded, it stops reading their requests, and one who reads is served as before."""

import contextlib
import resource
import socket
import time

import wire
from processes import percentile

SLOW = 200
TOPIC = "Slow"
BODY_BYTES = 64 * 1024
MESSAGES = 64
PULLS_EACH = 4000
MEASURE_SECONDS = 2
SOAK_SECONDS = 60
# Of anonymous memory: bodies are sent from the mapped log. Without bound it would be gigabytes.
MAX_GROWTH_KIB = 128 * 1024
MAX_SLOWDOWN = 3
NOISE_SECONDS = 0.05


def test_consumers_that_do_not_read_cost_little_and_hold_nobody_up(broker, report, rounds):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4 * SLOW)), hard))
    broker.start()
    with wire.Connection(broker.address) as fast, contextlib.ExitStack() as stack:
        fill(fast)
        alone = pull_times(fast, MEASURE_SECONDS)
        before = broker.process.status("RssAnon")
        peers = [stack.enter_context(wire.Connection(broker.address)) for _ in range(SLOW)]
        asked = [ask_without_reading(peer.socket) for peer in peers]
        shed = sum(one < PULLS_EACH for one in asked)
        beside = pull_times(fast, rounds(MEASURE_SECONDS, SOAK_SECONDS))
        growth = broker.process.status("RssAnon") - before
        assert broker.process.running()
        report(f"{shed} of {SLOW} slow consumers held back after "
               f"{percentile(asked, 0.5)} pulls of {PULLS_EACH}; RssAnon grew by "
               f"{growth / 1024:.1f} MiB; p99 of a pull that is read {p99(alone):.2f} ms alone, "
               f"{p99(beside):.2f} ms beside them")
        assert shed == SLOW, "somebody's requests were all taken though no answer was read"
        assert growth < MAX_GROWTH_KIB
        assert p99(beside) < max(MAX_SLOWDOWN * p99(alone), NOISE_SECONDS * 1000)
    with wire.Connection(broker.address) as connection:
        assert connection.call(wire.GET_BROKER_CONFIG).code == wire.SUCCESS


def fill(connection):
    for _ in range(MESSAGES):
        answer = connection.call(wire.SEND_MESSAGE_V2, wire.send_fields(TOPIC, 0, "WAIT\x01true"),
                                 b"x" * BODY_BYTES)
        assert answer.code == wire.SUCCESS, (answer.code, answer.remark)


def pull_times(connection, seconds):
    passed, end = [], time.monotonic() + seconds
    while time.monotonic() < end:
        begin = time.monotonic()
        answer = connection.call(wire.PULL_MESSAGE, wire.pull_fields(TOPIC, 0, 0, 1))
        passed.append(time.monotonic() - begin)
        assert answer.code == wire.SUCCESS, (answer.code, answer.remark)
    return passed


def p99(times):
    return percentile(times, 0.99) * 1000


def ask_without_reading(one):
    """Pulls until the broker takes no more; how many were taken by it or by the kernel."""
    pull = wire.frame(wire.PULL_MESSAGE, wire.pull_fields(TOPIC, 0, 0))
    one.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 8 * 1024)
    one.settimeout(0.02)
    for number in range(PULLS_EACH):
        try:
            one.sendall(pull)
        except TimeoutError:
            return number
        except ConnectionError:
            return number
    return PULLS_EACH
