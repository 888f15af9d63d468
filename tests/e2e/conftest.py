"""One cluster and one installed chart for all tests; each test has its own topic and group."""

import json
import secrets
import sys
import time

import clients
import pytest
from cluster import ROOT, Cluster, run
from release import BROKERS, Release

REMOTING = ROOT / "tests" / "e2e" / "remoting.py"
FILL = ROOT / "tests" / "e2e" / "fill.py"
_report = []


@pytest.fixture(scope="session")
def cluster():
    instance = Cluster()
    try:
        instance.up()
        yield instance
    finally:
        instance.down()


@pytest.fixture(scope="session")
def release(cluster):
    instance = Release(cluster)
    try:
        try:
            instance.install()
            run(*cluster.inside(sys.executable, FILL, instance.name_server(), "await", "-",
                                str(BROKERS)))
        except AssertionError:
            print(instance.logs(), file=sys.stderr)
            raise
        yield instance
    finally:
        instance.uninstall()


@pytest.fixture(autouse=True)
def show_logs_of_failure(request):
    """What the programs said, under the test that failed."""
    yield
    outcome = getattr(request.node, "outcome_of_call", None)
    if outcome and outcome.failed and "release" in request.fixturenames:
        print(request.getfixturevalue("release").logs())


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    if call.when == "call":
        item.outcome_of_call = outcome.get_result()


@pytest.fixture
def report():
    """Takes lines to be printed after all tests, passed or not: measured times are results too."""
    return _report.append


def pytest_terminal_summary(terminalreporter):
    for line in _report:
        terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def java_clients():
    for version in (clients.OLDEST, clients.NEWEST):
        clients.prepare(version)


class Scene:
    """A topic and a group nobody else uses, and the clients on them."""

    def __init__(self, cluster, release, folder):
        self.cluster = cluster
        self.release = release
        self.namespace = release.namespace
        self.topic = f"Topic-{secrets.token_hex(4)}"
        self.group = f"group-{secrets.token_hex(4)}"
        self._folder = folder
        self._processes = []

    def _start(self, kind, version, *arguments, **options):
        folder = self._folder / f"client-{len(self._processes)}"
        process = kind(version, folder, self.release.name_server(), *arguments, **options)
        self._processes.append(process)
        return process

    def produce(self, count, version=clients.NEWEST, topic=None, **options):
        return self._start(clients.Producer, version, topic or self.topic, count, **options)

    def consume(self, version=clients.NEWEST, topic=None, group=None):
        return self._start(clients.Consumer, version, topic or self.topic, group or self.group)

    def fill(self, what, *arguments):
        """Does to the topic what fill.py says."""
        run(*self.cluster.inside(sys.executable, FILL, self.release.name_server(), what,
                                 self.topic, *arguments))

    def filled(self, *, queues=2, count=10):
        """The topic has messages, and the group has read them all."""
        self.fill("make", queues, count)
        self.fill("commit", self.group, count)
        return self

    def offsets(self):
        done = run(*self.cluster.inside(sys.executable, REMOTING, self.release.name_server(),
                                        self.topic, self.group))
        table = json.loads(done.stdout)
        return {(broker, int(queue)): row
                for broker, queues in table.items() for queue, row in queues.items()}

    def wait_committed(self, seconds=30):
        """Until the group has confirmed all it was sent: clients commit every five seconds."""
        deadline = time.monotonic() + seconds
        while True:
            offsets = self.offsets()
            if all(row["committed"] == row["max"] for row in offsets.values()):
                return offsets
            assert time.monotonic() < deadline, f"not all is committed: {offsets}"
            time.sleep(0.5)

    def end(self):
        for process in self._processes:
            process.kill()


@pytest.fixture
def scene(cluster, release, java_clients, tmp_path):
    instance = Scene(cluster, release, tmp_path)
    yield instance
    instance.end()
