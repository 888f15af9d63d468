"""Starts the programs under test, hears what they say, and leaves none behind."""

import collections
import os
import pathlib
import random
import re
import signal
import socket
import subprocess
import threading
import time

BIN = pathlib.Path(os.environ.get("REWIND_PROGRAMS", "build/release/bin")).resolve()
TOOLS = pathlib.Path(os.environ.get("REWIND_LIVE_TOOLS", "build/release/tests")).resolve()
HOST = "127.0.0.1"
START_SECONDS = 30
STOP_SECONDS = 20
# Below the ports that the kernel gives to clients, so that nobody takes one while a broker is down.
PORTS = range(12_000, 30_000)
VIP_DISTANCE = 2


def steady_us():
    """The clock of histories and of fail_io."""
    return time.monotonic_ns() // 1000


def free_port():
    """A port for a broker: it listens there and two below."""
    for _ in range(1000):
        port = random.SystemRandom().choice(PORTS)
        try:
            for one in (port, port - VIP_DISTANCE):
                with socket.socket() as probe:
                    probe.bind((HOST, one))
            return port
        except OSError:
            continue
    raise AssertionError("no free port found")


class Process:
    """A child whose output lines can be waited for. Killed at the end of the `with`."""

    def __init__(self, command, **options):
        self.command = [str(part) for part in command]
        self.lines = []
        self._changed = threading.Condition()
        self._ended = False
        self.child = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, text=True, errors="replace",
                                      **options)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def _read(self):
        for line in self.child.stdout:
            with self._changed:
                self.lines.append(line.rstrip("\n"))
                self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    @property
    def pid(self):
        return self.child.pid

    def running(self):
        return self.child.poll() is None

    def find(self, pattern, start=0):
        """The first match in the lines from `start` on, or None."""
        for line in self.lines[start:]:
            match = re.search(pattern, line)
            if match:
                return match
        return None

    def wait_for(self, pattern, seconds=START_SECONDS, start=0):
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                match = self.find(pattern, start)
                if match:
                    return match
                left = deadline - time.monotonic()
                assert left > 0, f"no line like '{pattern}' in {seconds} s:\n{self.tail()}"
                assert not self._ended, (f"ended with {self.child.wait()} without a line like "
                                         f"'{pattern}':\n{self.tail()}")
                self._changed.wait(left)

    def wait_end(self, seconds=STOP_SECONDS):
        """The exit code, or minus the signal. Everything it said has been read then."""
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{self.command[0]} still runs after {seconds} s:\n{self.tail()}") from None
        self._reader.join()
        return code

    def signal(self, number):
        self.child.send_signal(number)

    def kill(self):
        if self.running():
            self.child.kill()
        self.child.wait()
        self._reader.join()
        for stream in (self.child.stdin, self.child.stdout):
            stream.close()

    def tail(self, count=30):
        return "\n".join(self.lines[-count:])

    def status(self, name):
        """A number of /proc/PID/status, in its own unit: RssAnon (KiB), Threads."""
        text = pathlib.Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        return int(re.search(rf"^{name}:\s+(\d+)", text, re.M).group(1))

    def cpu_seconds(self):
        text = pathlib.Path(f"/proc/{self.pid}/stat").read_text(encoding="ascii")
        fields = text.rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def descriptors(self):
        return len(os.listdir(f"/proc/{self.pid}/fd"))


class Broker:
    """One broker folder and port; the process may be started again any number of times."""

    def __init__(self, folder, **settings):
        self.store = pathlib.Path(folder)
        self.port = free_port()
        self.address = f"{HOST}:{self.port}"
        self.settings = settings
        self.process = None
        self.starts = []  # (seconds to open ports, clean stop before, records read at the start)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.kill()

    def command(self):
        settings = {"listenPort": self.port, "bindAddress": HOST, "brokerIP1": HOST,
                    "brokerName": "live", "storePathRootDir": self.store,
                    "defaultTopicQueueNums": 8, **self.settings}
        return [BIN / "rewind-broker", *(f"--{key}={value}" for key, value in settings.items())]

    def launch(self, wrapper=(), environment=None, **options):
        """Starts the process without waiting for it to serve."""
        if self.process is not None:
            self.process.kill()
        self.process = Process([*wrapper, *self.command()],
                               env={**os.environ, **(environment or {})}, **options)
        return self.process

    def start(self, **options):
        begin = time.monotonic()
        self.launch(**options)
        self.process.wait_for(r"serves .* store ")
        seconds = time.monotonic() - begin
        found = self.process.find(r"store .*: (no )?clean stop before.* (\d+) records read")
        assert found, f"no line about recovery:\n{self.process.tail()}"
        self.starts.append((seconds, found.group(1) is None, int(found.group(2))))
        return self.process

    def terminate(self, seconds=STOP_SECONDS):
        self.process.signal(signal.SIGTERM)
        return self.process.wait_end(seconds)

    def aborted(self):
        return (self.store / "abort").exists()


class Load(Process):
    """live-load produce; `history()` ends it and gives what its producers remember."""

    def __init__(self, broker, folder, name="history", topic="Live", **options):
        self.path = pathlib.Path(folder) / name
        arguments = {"address": broker.address, "topic": topic, "history": self.path, **options}
        super().__init__([TOOLS / "live-load", "produce", *(
            part for key, value in arguments.items()
            for part in (f"--{key.replace('_', '-')}", value))])

    def wait_result(self, result, code=0, seconds=START_SECONDS, start=0):
        self.wait_for(rf"^result {result} {code}$", seconds, start)

    def stop(self, seconds=STOP_SECONDS):
        if self.running():
            self.signal(signal.SIGTERM)
        code = self.wait_end(seconds)
        assert code == 0, f"live-load ended with {code}:\n{self.tail()}"
        return self.path


def drain(broker, folder, name="drained", topic="Live", queues=4, seconds=60):
    path = pathlib.Path(folder) / name
    done = subprocess.run([str(TOOLS / "live-load"), "drain", "--address", broker.address,
                           "--topic", topic, "--queues", str(queues), "--output", str(path)],
                          capture_output=True, text=True, timeout=seconds, check=False)
    assert done.returncode == 0, done.stderr + broker.process.tail()
    return path


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def tally(values):
    return ", ".join(f"{count} {value}" for value, count in collections.Counter(values).items())
