"""Official Java clients on the cluster's network, driven through tests/conformance/run-client."""

import queue
import subprocess
import threading
from dataclasses import dataclass

from cluster import ROOT, Cluster, run

RUN_CLIENT = ROOT / "tests" / "conformance" / "run-client"
OLDEST = "4.2.0"
NEWEST = "5.5.0"
START_SECONDS = 60
# A Java consumer that is told of a reset pauses ten seconds before it obeys.
CONSUME_SECONDS = 90


def prepare(version):
    """Downloads and compiles the client now: the cluster's network has no way to the outside."""
    done = run(RUN_CLIENT, version, "usage", timeout=900, check=False)
    assert "usage: run-client" in done.stderr, f"no client {version}:\n{done.stderr}"


@dataclass(frozen=True)
class Receipt:
    """A message at its place in a queue; see Receipt.java for the file's form."""

    key: str
    queue_id: int
    queue_offset: int
    store_time_ms: int
    store_id: str
    deliveries: int

    @staticmethod
    def read_all(path):
        receipts = []
        for line in path.read_text().splitlines():
            key, queue_id, offset, time_ms, store_id, deliveries = line.split(" ")
            receipts.append(Receipt(key, int(queue_id), int(offset), int(time_ms), store_id,
                                    int(deliveries)))
        return receipts


class Process:
    """A client in the background whose standard output is a list of events."""

    def __init__(self, version, folder, *arguments):
        folder.mkdir(parents=True, exist_ok=True)
        self._errors = open(folder / "stderr", "w+", encoding="utf-8")
        command = Cluster.inside("env", f"CLIENT_HOME={folder}", RUN_CLIENT, version, *arguments)
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                         stderr=self._errors, text=True, bufsize=1)
        self._events = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self._process.stdout:
            self._events.put(line.strip())
        self._events.put(None)

    def say(self, line):
        self._process.stdin.write(line + "\n")

    def wait_event(self, prefix, timeout):
        """Returns the first event that starts with prefix; TIMEOUT is the client's own word."""
        while True:
            try:
                event = self._events.get(timeout=timeout)
            except queue.Empty:
                raise AssertionError(f"no {prefix} within {timeout} s\n{self.errors()}") from None
            assert event is not None, f"the client ended before {prefix}\n{self.errors()}"
            assert not event.startswith("TIMEOUT"), f"waiting for {prefix}: {event}"
            if event.startswith(prefix):
                return event

    def finish(self, timeout):
        self._process.stdin.close()
        return self._process.wait(timeout)

    def kill(self):
        if not self._process.stdin.closed:
            self._process.stdin.close()
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._errors.close()

    def errors(self):
        self._errors.seek(0)
        return self._errors.read()[-4000:]


class Producer(Process):
    def __init__(self, version, folder, name_server, topic, count, *, deadline_seconds=120):
        self._out = folder / "sent"
        self.count = count
        super().__init__(version, folder, "produce", "--namesrv", name_server, "--topic", topic,
                         "--count", count, "--out", self._out, "--print-events",
                         "--deadline-ms", deadline_seconds * 1000)
        self._deadline_seconds = deadline_seconds + START_SECONDS

    def receipts(self):
        """Waits until all was acknowledged."""
        self.wait_event("SENT", self._deadline_seconds)
        code = self.finish(30)
        assert code == 0, f"the producer ended with code {code}\n{self.errors()}"
        receipts = Receipt.read_all(self._out)
        assert len({receipt.key for receipt in receipts}) == self.count
        return receipts


class Consumer(Process):
    """A push consumer from the first offset that counts what it gets."""

    def __init__(self, version, folder, name_server, topic, group):
        self._folder = folder
        self._dumps = 0
        super().__init__(version, folder, "consume", "--namesrv", name_server, "--topic", topic,
                         "--group", group, "--commands")
        self.wait_event("STARTED", START_SECONDS)

    def expect(self, count, seconds=CONSUME_SECONDS):
        """Waits for so many different messages, then a little for any that should not come."""
        self.say(f"expect {count} {seconds * 1000}")
        self.wait_event("CONSUMED", seconds + 5)
        return self.quiet()

    def quiet(self, idle_seconds=2):
        """Returns how many deliveries there were once no more have come for a while."""
        self.say(f"quiet {idle_seconds * 1000} 30000")
        return int(self.wait_event("QUIET", 35).split()[1])

    def reset_count(self):
        self.say("reset-count")
        self.wait_event("RESET-COUNT", 10)

    def receipts(self):
        self._dumps += 1
        path = self._folder / f"received-{self._dumps}"
        self.say(f"dump {path}")
        self.wait_event("DUMPED", 10)
        return Receipt.read_all(path)

    def quit(self):
        self.say("quit")
        assert self.finish(60) == 0, self.errors()
