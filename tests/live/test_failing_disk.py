"""A disk that gives errors (fail_io). After a failed sync nothing is acknowledged any more and the
broker ends by itself, because the kernel may have dropped the pages and a second sync would lie
(fsyncgate). Any other error is an answer to the producer, or a line in the log, and passes."""

import contextlib
import os
import pathlib
import time

import history
import pytest
import wire
from processes import TOOLS, Broker, Load, steady_us

SHIM = TOOLS / "liblive_fail_io.so"
END_SECONDS = 10
# A send that does not wait for the sync that fails may be answered while that is being reported:
# with ASYNC_FLUSH, or when it is the folder's, and the message lies in a segment that has a name.
REPORT_GRACE_US = 200_000


class Fault:
    """One prepared fault of a broker; `arm` lets it happen."""

    def __init__(self, folder, call, path, errno="EIO", times=1):
        self._arm = pathlib.Path(folder) / "arm"
        self._log = pathlib.Path(folder) / "faults"
        self.environment = {
            "LD_PRELOAD": str(SHIM), "FAIL_IO_CALL": call, "FAIL_IO_PATH": path,
            "FAIL_IO_ERRNO": errno, "FAIL_IO_TIMES": str(times), "FAIL_IO_ARM": str(self._arm),
            "FAIL_IO_LOG": str(self._log)}

    def arm(self):
        self._arm.touch()

    def disarm(self):
        self._arm.unlink()

    def events(self):
        """[(fail or pass, microseconds, path)]: every such call since the first failing one."""
        if not self._log.exists():
            return []
        return [(kind, int(time), path) for kind, time, path in
                (line.split(" ", 2) for line in self._log.read_text().splitlines())]


@pytest.fixture
def broker(folder):
    with Broker(os.path.join(folder, "store"), mappedFileSizeCommitLog=1 << 20,
                flushIntervalCommitLog=50, flushConsumerOffsetInterval=100) as instance:
        yield instance


def fields_of_commit(offset):
    return {"consumerGroup": "live-group", "topic": "Live", "queueId": 0, "commitOffset": offset}


# The folder's sync makes a new segment's name durable: what is acknowledged there needs it too.
@pytest.mark.parametrize("call, path", [
    ("msync", "/commitlog/"), ("fsync,fdatasync", "/commitlog")])
@pytest.mark.parametrize("flush", ["ASYNC_FLUSH", "SYNC_FLUSH"])
def test_a_failed_sync_of_the_log_ends_the_broker(broker, folder, seed, checked, report, flush,
                                                  call, path):
    broker.settings.update(flushDiskType=flush)
    fault = Fault(folder, call, path)
    broker.start(environment=fault.environment)
    with Load(broker, folder, producers=8) as load:
        load.wait_result("acked")
        # The moment of the fault is the test's input: there is no event to wait for.
        time.sleep(seed.uniform(0.05, 0.5))
        armed = steady_us()
        fault.arm()
        code = broker.process.wait_end(END_SECONDS)
        ended = steady_us()
        assert code > 0, f"exit code {code}:\n{broker.process.tail()}"
        assert broker.process.find("commitlog.*Input/output error"), broker.process.tail()
        events = fault.events()
        assert [kind for kind, _, _ in events] == ["fail"], "a failed sync was tried again"
        assert broker.aborted(), "a broker that failed says that it stopped cleanly"
        told = len(load.lines)
        broker.start()
        load.wait_result("acked", start=told)
        operations = checked(broker, load)
    failed = events[0][1]
    grace = 0 if (flush, call) == ("SYNC_FLUSH", "msync") else REPORT_GRACE_US
    wrong = [one for one in operations if one.result == history.ACKED
             and failed + grace < one.invoked < ended]
    assert not wrong, f"acknowledged after the failed sync: {wrong[:3]}"
    report(f"ended {(ended - failed) / 1000:.0f} ms after the failed sync, "
           f"{(failed - armed) / 1000:.0f} ms after arming; {history.counts(operations)}")


@pytest.mark.parametrize("call, path", [
    ("msync", "/commitlog/"), ("msync", "/consumequeue/"), ("fsync,fdatasync", "/checkpoint")])
def test_a_failed_sync_at_the_end_is_no_clean_stop(broker, folder, checked, call, path):
    # The background would find the fault before the stop does.
    broker.settings.update(flushIntervalCommitLog=60_000)
    fault = Fault(folder, call, path, times=-1)
    broker.start(environment=fault.environment)
    with Load(broker, folder, producers=2) as load:
        load.wait_result("acked")
        history_file = load.stop()
    fault.arm()
    code = broker.terminate(END_SECONDS)
    assert fault.events(), "the fault never happened"
    assert code > 0 and broker.aborted(), f"exit code {code}:\n{broker.process.tail()}"
    broker.start()
    checked(broker, history_file)


@pytest.mark.parametrize("call, path, errno, refusal", [
    ("fallocate", "/commitlog/", "ENOSPC", wire.SERVICE_NOT_AVAILABLE),
    ("fallocate", "/commitlog/", "EIO", wire.SYSTEM_ERROR),
    ("fallocate", "/consumequeue/", "ENOSPC", wire.SERVICE_NOT_AVAILABLE),
    ("open", "/commitlog/", "EIO", wire.SYSTEM_ERROR),
    ("ftruncate", "/commitlog/", "EIO", wire.SYSTEM_ERROR)])
def test_other_errors_are_answered_and_pass(broker, folder, checked, call, path, errno, refusal):
    # Until the producer was told, because the background meets errors first and tries again.
    fault = Fault(folder, call, path, errno, times=1_000_000)
    broker.start(environment=fault.environment)
    with Load(broker, folder, producers=4, size=4096) as load:
        load.wait_result("acked")
        fault.arm()
        load.wait_result("refused", refusal)
        fault.disarm()
        load.wait_result("acked", start=len(load.lines) - 1)
        assert broker.process.running(), broker.process.tail()
        operations = checked(broker, load)
    codes = {one.code for one in operations if one.result == history.REFUSED}
    assert codes == {refusal}
    assert broker.terminate() == 0, broker.process.tail()


@contextlib.contextmanager
def started(broker, fault):
    broker.start(environment=fault.environment)
    with wire.Connection(broker.address) as connection:
        answer = connection.call(wire.UPDATE_AND_CREATE_TOPIC, wire.topic_fields("Live"))
        assert answer.code == wire.SUCCESS
        yield connection


@pytest.mark.parametrize("call, errno", [
    ("rename", "EIO"), ("fsync,fdatasync", "EIO"), ("open", "EIO"), ("open", "ENOSPC")])
def test_a_topic_that_cannot_be_kept_is_refused_and_the_old_file_stays(broker, folder, call, errno):
    fault = Fault(folder, call, "/topics.json", errno)
    file = broker.store / "config" / "topics.json"
    with started(broker, fault) as connection:
        before = file.read_bytes()
        fault.arm()
        fields = wire.topic_fields("Another")
        answer = connection.call(wire.UPDATE_AND_CREATE_TOPIC, fields)
        assert answer.code == wire.SYSTEM_ERROR and "topics.json" in answer.remark, answer.header
        assert file.read_bytes() == before
        assert connection.call(wire.UPDATE_AND_CREATE_TOPIC, fields).code == wire.SUCCESS
        assert b'"Another"' in file.read_bytes()
    assert broker.terminate() == 0, broker.process.tail()


@pytest.mark.parametrize("call", ["rename", "fsync,fdatasync", "open"])
def test_offsets_that_cannot_be_kept_are_written_later(broker, folder, call):
    fault = Fault(folder, call, "/consumerOffset.json")
    with started(broker, fault) as connection:
        assert connection.call(wire.UPDATE_CONSUMER_OFFSET, fields_of_commit(5)).code == 0
        fault.arm()
        assert connection.call(wire.UPDATE_CONSUMER_OFFSET, fields_of_commit(7)).code == 0
        broker.process.wait_for("offsets are not on disk.*consumerOffset.json")
    assert broker.terminate() == 0, broker.process.tail()
    text = (broker.store / "config" / "consumerOffset.json").read_text(encoding="utf-8")
    assert '"Live@live-group":{0:7' in "".join(text.split()), text
