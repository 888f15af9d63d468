"""CPU time of the broker for each message sent or pulled; see hack/bench send and pull."""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import figures

QUEUE_MESSAGES = 20_000
# (connections, requests in flight on each, goal in us of CPU a message)
SEND_SHAPES = ((8, 32, 8.0), (16, 1, 16.0))
PULL_SHAPES = ((8, 32, 1.5), (8, 1, 1.5))


def wire_bench(mode, port, pid, connections, in_flight, goal_us, milliseconds):
    subprocess.run([figures.BIN / "wire_bench", mode, "--port", str(port), "--pid", str(pid),
                    "--connections", str(connections), "--in-flight", str(in_flight), "--goal-us",
                    str(goal_us), "--ms", str(milliseconds), "--queue-messages",
                    str(QUEUE_MESSAGES)], check=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("mode", choices=("send", "pull"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--ms", type=int, default=4000, help="of one round")
    parser.add_argument("--flush", choices=("ASYNC_FLUSH", "SYNC_FLUSH"), default="ASYNC_FLUSH")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="rewindmq-bench.",
                                           dir=os.environ.get("REWINDMQ_BENCH_FOLDER")))
    try:
        nameserver_port, port = figures.free_ports()
        with figures.nameserver(folder, nameserver_port) as names:
            names.milliseconds_to_serving(nameserver_port)
            with figures.broker(folder, folder / "store", port, nameserver_port,
                                "--flushDiskType", arguments.flush) as broker:
                broker.milliseconds_to_serving(port)
                measure(arguments, port, broker.pid)
        shutil.rmtree(folder)
    except BaseException:
        print(f"bench: logs are in {folder}", file=sys.stderr)
        raise


def measure(arguments, port, pid):
    if arguments.mode == "pull":
        print("first some messages to pull:")
        wire_bench("send", port, pid, 8, 32, SEND_SHAPES[0][2], arguments.ms)
    shapes = PULL_SHAPES if arguments.mode == "pull" else SEND_SHAPES
    for _ in range(arguments.rounds):
        for connections, in_flight, goal_us in shapes:
            wire_bench(arguments.mode, port, pid, connections, in_flight, goal_us, arguments.ms)


if __name__ == "__main__":
    main()
