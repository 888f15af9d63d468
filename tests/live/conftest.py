"""Folders, seeds and the report, for all live tests."""

import os
import random
import shutil
import tempfile

import history
import pytest
from processes import Broker, Load, drain

_report = []


@pytest.fixture
def folder():
    """Removed at the end, passed or not: stores are large."""
    path = tempfile.mkdtemp(prefix="rewind-live-")
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def seed(request):
    """Random numbers that can be had again: REWIND_LIVE_SEED=n."""
    value = int(os.environ.get("REWIND_LIVE_SEED", 0)) or random.SystemRandom().getrandbits(32)
    line = f"{request.node.name}: REWIND_LIVE_SEED={value}"
    print(line)
    _report.append(line)
    return random.Random(value)


@pytest.fixture
def report(request):
    """Takes lines to be printed after all tests, passed or not: measured times are results too."""
    return lambda line: _report.append(f"{request.node.name}: {line}")


@pytest.fixture
def rounds():
    """rounds(normal, soak): how often to repeat."""
    return lambda normal, soak: soak if os.environ.get("REWIND_LIVE_SOAK") else normal


@pytest.fixture
def broker(folder):
    with Broker(os.path.join(folder, "store")) as instance:
        yield instance


@pytest.fixture
def checked(folder):
    """checked(broker, *sources): everything that was sent, held against everything that is stored.
    A source is a Load, which is stopped, the file of one, or a list of operations."""
    def check(broker, *sources, first_offset=0, **options):
        operations = []
        for source in sources:
            if isinstance(source, Load):
                source = source.stop()
            operations += source if isinstance(source, list) else history.read_operations(source)
        drained = history.read_drained(drain(broker, folder, **options))
        problems = history.check(operations, drained, first_offset)
        assert not problems, "\n".join(problems) + "\n" + broker.process.tail()
        return operations
    return check


def pytest_terminal_summary(terminalreporter):
    for line in _report:
        terminalreporter.write_line(line)
