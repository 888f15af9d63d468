"""SIGTERM under load: a clean end, and nothing to repair at the next start."""

import os
import time

import history
import mounts
import pytest
from processes import Broker, Load

STOP_LIMIT_SECONDS = 5
DISK_MIB = 1024
# A start may look at the last few records to find where the log ends.
FEW_RECORDS = 100


@pytest.fixture
def broker(folder):
    """In memory: a stop waits for its data, and how fast a disk takes it is not the broker's."""
    mounts.enter_private_namespace()
    path = os.path.join(folder, "disk")
    mounts.mount_tmpfs(path, DISK_MIB)
    with Broker(os.path.join(path, "store"), mappedFileSizeCommitLog=8 << 20) as instance:
        yield instance
    mounts.unmount(path)


def test_a_stop_under_load_is_clean(broker, folder, seed, report, rounds, checked):
    broker.start()
    stops = []
    with Load(broker, folder, producers=8) as load:
        load.wait_result("acked")
        for _ in range(rounds(5, 20)):
            # The moment of the signal is the test's input: there is no event to wait for.
            time.sleep(seed.uniform(0.05, 0.6))
            begin = time.monotonic()
            assert broker.terminate(STOP_LIMIT_SECONDS) == 0, broker.process.tail()
            stops.append(time.monotonic() - begin)
            assert not broker.aborted(), "the abort marker is left"
            told = len(load.lines)
            broker.start()
            _, clean, records = broker.starts[-1]
            assert clean, "a clean stop was taken for a crash"
            assert records <= FEW_RECORDS, f"the start read {records} records"
            load.wait_result("acked", start=told)
        operations = checked(broker, load)
    starts = [seconds for seconds, _, _ in broker.starts]
    report(f"{len(stops)} stops, the slowest {max(stops):.2f} s; starts up to {max(starts):.2f} s; "
           f"records read {[records for _, _, records in broker.starts]}; "
           f"{history.counts(operations)}")
