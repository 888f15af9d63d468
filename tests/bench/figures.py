"""Start-up times, idle memory, and the time of a reset; see hack/bench."""

import argparse
import contextlib
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
BIN = pathlib.Path(os.environ.get("REWINDMQ_BIN", ROOT / "build" / "release" / "bin"))
PROGRAMS = ("rewind-nameserver", "rewind-broker", "rewind-operator", "rewindctl")
START_LIMIT_MS = 300
RESET_LIMIT_MS = 3000
MEMORY_LIMIT_MIB = {"rewind-broker": 32, "rewind-nameserver": 16, "rewind-operator": 48}
DEADLINE_SECONDS = 30
# How long a program is left alone before its memory is read: registration and first flush are over.
IDLE_SECONDS = 3
MESSAGES = 10_000


def free_ports():
    """A port for the nameserver and one for the broker, whose port minus 2 is free too."""
    while True:
        with socket.socket() as one, socket.socket() as two, socket.socket() as three:
            one.bind(("127.0.0.1", 0))
            two.bind(("127.0.0.1", 0))
            with contextlib.suppress(OSError):
                three.bind(("127.0.0.1", two.getsockname()[1] - 2))
                return one.getsockname()[1], two.getsockname()[1]


class Program:
    """One server, ended with the block."""

    def __init__(self, folder, name, *arguments):
        self._log = open(folder / f"{name}.log", "ab")
        self.started = time.monotonic()
        self._process = subprocess.Popen([BIN / name, *map(str, arguments)], stdout=self._log,
                                         stderr=self._log, stdin=subprocess.DEVNULL)
        self.name = name
        self.pid = self._process.pid

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.terminate()
        self._process.wait(DEADLINE_SECONDS)
        self._log.close()

    def milliseconds_to_serving(self, port):
        """From exec until a connection is taken."""
        while time.monotonic() - self.started < DEADLINE_SECONDS:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return (time.monotonic() - self.started) * 1000
            if self._process.poll() is not None:
                break
            time.sleep(0.0005)
        sys.exit(f"bench: {self.name} does not serve port {port}; see {self._log.name}")

    def anonymous_mib(self):
        for line in pathlib.Path(f"/proc/{self._process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
        sys.exit(f"bench: the kernel does not tell the memory of {self.name}")


def nameserver(folder, port):
    return Program(folder, "rewind-nameserver", "--listenPort", port, "--bindAddress", "127.0.0.1",
                   "--kvConfigPath", folder / "kvConfig.json")


def broker(folder, store, port, nameserver_port, *more):
    return Program(folder, "rewind-broker", "--listenPort", port, "--bindAddress", "127.0.0.1",
                   "--brokerIP1", "127.0.0.1", "--brokerName", "broker-a", "--namesrvAddr",
                   f"127.0.0.1:{nameserver_port}", "--storePathRootDir", store, *more)


def show(what, value, unit, limit):
    print(f"{what:<46} {value:>9.1f} {unit:<4} (limit {limit} {unit})", flush=True)


def start_times(folder, rounds):
    times = {"rewind-nameserver": [], "rewind-broker": []}
    for number in range(rounds):
        nameserver_port, broker_port = free_ports()
        with nameserver(folder, nameserver_port) as names:
            times[names.name].append(names.milliseconds_to_serving(nameserver_port))
            store = folder / f"store-{number}"
            with broker(folder, store, broker_port, nameserver_port) as one:
                times[one.name].append(one.milliseconds_to_serving(broker_port))
            shutil.rmtree(store)
    for name, values in times.items():
        show(f"{name}: start to serving, best of {rounds}", min(values), "ms", START_LIMIT_MS)
        show(f"{name}: start to serving, worst of {rounds}", max(values), "ms", START_LIMIT_MS)


def rewindctl(*arguments):
    subprocess.run([BIN / "rewindctl", *map(str, arguments)], check=True, stdout=subprocess.DEVNULL)


def reset_time(folder, address):
    """From the operator's start with a manifest until it has written Finished and ended."""
    manifests = folder / "manifests"
    manifests.mkdir()
    (manifests / "bench.yaml").write_text(f"""apiVersion: rewindmq.dev/v1alpha1
kind: OffsetReset
metadata: {{name: bench}}
spec:
  cluster: {{nameServers: ["{address}"]}}
  topic: Bench
  consumerGroup: bench-group
  target: {{time: "2020-01-01T00:00:00Z"}}
  verify: {{settleSeconds: 0}}
""", encoding="utf-8")
    begin = time.monotonic()
    with open(folder / "rewind-operator.log", "ab") as log:
        done = subprocess.run([BIN / "rewind-operator", "--manifests", manifests, "--once"],
                              stdout=log, stderr=log, timeout=DEADLINE_SECONDS, check=False)
    elapsed_ms = (time.monotonic() - begin) * 1000
    if done.returncode != 0:
        sys.exit(f"bench: the reset failed; see {folder}")
    show(f"OffsetReset to Finished, {MESSAGES} messages", elapsed_ms, "ms", RESET_LIMIT_MS)


def idle_memory_and_reset(folder):
    nameserver_port, broker_port = free_ports()
    address = f"127.0.0.1:{nameserver_port}"
    empty = folder / "empty"
    empty.mkdir()
    with nameserver(folder, nameserver_port) as names:
        names.milliseconds_to_serving(nameserver_port)
        with broker(folder, folder / "store", broker_port, nameserver_port) as one, \
                Program(folder, "rewind-operator", "--manifests", empty) as operator:
            one.milliseconds_to_serving(broker_port)
            time.sleep(IDLE_SECONDS)
            for program in (one, names, operator):
                show(f"{program.name}: idle anonymous memory", program.anonymous_mib(), "MiB",
                     MEMORY_LIMIT_MIB[program.name])
            rewindctl("send", "-n", address, "-t", "Bench", "-c", MESSAGES)
            rewindctl("consume", "-n", address, "-t", "Bench", "-g", "bench-group", "--expect",
                      MESSAGES)
            reset_time(folder, address)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    rounds = parser.parse_args().rounds
    missing = [name for name in PROGRAMS if not os.access(BIN / name, os.X_OK)]
    if missing:
        sys.exit(f"bench: {', '.join(missing)} not built; run cmake --preset release && "
                 "cmake --build --preset release")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rewindmq-bench."))
    try:
        start_times(folder, rounds)
        idle_memory_and_reset(folder)
        shutil.rmtree(folder)
    except BaseException:
        print(f"bench: logs are in {folder}", file=sys.stderr)
        raise


if __name__ == "__main__":
    main()
