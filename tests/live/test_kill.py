"""kill -9 under load, again and again: an acknowledged message survives the end of the process."""

import signal
import time

import history
import pytest
from processes import Load, percentile

PRODUCERS = 8


@pytest.mark.parametrize("flush, segment_mib", [("ASYNC_FLUSH", 1024), ("ASYNC_FLUSH", 4),
                                                ("SYNC_FLUSH", 16)])
def test_every_acknowledged_message_survives_kills(broker, folder, seed, report, rounds, checked,
                                                   flush, segment_mib):
    broker.settings.update(flushDiskType=flush, mappedFileSizeCommitLog=segment_mib << 20)
    kills = rounds(10 if segment_mib == 1024 else 5, 40)
    broker.start()
    with Load(broker, folder, producers=PRODUCERS) as load:
        load.wait_result("acked")
        for _ in range(kills):
            begin = time.monotonic()
            pause = seed.uniform(0.05, 0.8)
            # The moment of the fault is the test's input: there is no event to wait for.
            time.sleep(pause)
            broker.process.signal(signal.SIGKILL)
            assert broker.process.wait_end() == -signal.SIGKILL
            broker.start()
            assert time.monotonic() - begin < 30
        begin = time.monotonic()
        operations = checked(broker, load)
    restarts = [seconds for seconds, _, _ in broker.starts[1:]]
    for _, clean, _ in broker.starts[1:]:
        assert not clean, "a killed broker was taken for one that was stopped"
    found = history.counts(operations)
    assert found[history.ACKED] > kills * PRODUCERS
    report(f"{kills} kills; {found}; log {sum(1 for _ in operations) >> 10} MiB; restart "
           f"{min(restarts):.3f} to {max(restarts):.3f} s, median {percentile(restarts, 0.5):.3f}; "
           f"records read at the last start {broker.starts[-1][2]}; drained and checked in "
           f"{time.monotonic() - begin:.1f} s")
