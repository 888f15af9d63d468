"""A disk that fills up: sends are refused as RocketMQ refuses them, reads go on, and the broker
accepts again by itself once there is space (alibaba/RocketMQ #331)."""

import dataclasses
import os
import signal
import time

import history
import mounts
import pytest
import wire
from processes import START_SECONDS, Broker, Load, drain, steady_us

DISK_MIB = 64
BALLAST_MIB = 24
RECOVERY_SECONDS = 2
REFUSED = r"^result refused 14$"


@pytest.fixture(scope="module", autouse=True)
def namespace():
    mounts.enter_private_namespace()


@pytest.fixture
def disk_mib():
    return DISK_MIB


@pytest.fixture(params=["tmpfs", "ext4"])
def disk(request, folder, disk_mib):
    path = os.path.join(folder, "disk")
    if request.param == "tmpfs":
        mounts.mount_tmpfs(path, disk_mib)
    else:
        mounts.mount_ext4(path, disk_mib)
    yield path
    mounts.unmount(path)


@pytest.fixture
def ballast(disk):
    path = os.path.join(disk, "ballast")
    with open(path, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, BALLAST_MIB << 20)
    return path


@pytest.fixture
def broker(disk):
    with Broker(os.path.join(disk, "store"), mappedFileSizeCommitLog=4 << 20) as instance:
        yield instance


def free_bytes(disk):
    state = os.statvfs(disk)
    return state.f_bavail * state.f_frsize


def check_reads_while_full(broker, folder, load_ended):
    """What had been acknowledged before is all readable. Gives a function that checks it once the
    producers have told what they know."""
    begin = steady_us()
    drained = history.read_drained(drain(broker, folder, "drained-full"))
    end = steady_us()
    assert drained.messages

    def check():
        # Acknowledged while the drain ran: may be in it or not.
        operations = [one if one.returned < begin else
                      dataclasses.replace(one, result=history.UNKNOWN)
                      for one in load_ended() if one.invoked < end]
        assert history.check(operations, drained, first_offset=None) == []
    return check


def test_a_full_disk_refuses_sends_serves_reads_and_recovers(broker, disk, ballast, folder, report,
                                                             checked):
    broker.start()
    with Load(broker, folder, producers=8, size=8192) as load:
        load.wait_result("acked")
        load.wait_for(REFUSED)
        assert free_bytes(disk) < DISK_MIB << 18, "refused with more than a quarter free"
        check_reads = check_reads_while_full(
            broker, folder, lambda: history.read_operations(load.stop()))
        told = len(load.lines)
        begin = time.monotonic()
        os.unlink(ballast)
        load.wait_result("acked", seconds=RECOVERY_SECONDS, start=told)
        again = time.monotonic() - begin
        load.wait_for(REFUSED, start=told)
        operations = checked(broker, load, first_offset=None)
        check_reads()
    report(f"{history.counts(operations)}; writable again {again * 1000:.0f} ms after space")
    remark = refusal_remark(broker)
    assert "space" in remark or "disk" in remark, f"the remark '{remark}' does not say what to do"


def send_until(connection, topic, body, code, seconds):
    """Sends until it is answered with the code, and gives that answer."""
    fields = wire.send_fields(topic, 0, "WAIT\x01true")
    deadline = time.monotonic() + seconds
    while True:
        answer = connection.call(wire.SEND_MESSAGE_V2, fields, body)
        assert answer.code in (wire.SUCCESS, wire.SERVICE_NOT_AVAILABLE), answer.header
        if answer.code == code:
            return answer
        assert time.monotonic() < deadline, f"not {code} in {seconds} s: {answer.header}"


def refusal_remark(broker):
    with wire.Connection(broker.address) as connection:
        return send_until(connection, "Live", b"x" * 65536, wire.SERVICE_NOT_AVAILABLE,
                          START_SECONDS).remark


def take_everything(path):
    """A file of all the space there is."""
    with open(path, "wb") as file:
        size, step = 0, 1 << 24
        while step >= 4096:
            try:
                os.posix_fallocate(file.fileno(), size, step)
                size += step
            except OSError:
                step //= 2


# Far more than the load can store meanwhile: a disk that the broker's own messages fill has no
# space again when the others give theirs back.
@pytest.mark.parametrize("disk_mib", [DISK_MIB * 4])
def test_space_that_somebody_else_takes_and_gives_back(broker, disk, folder, seed, checked, report,
                                                       rounds):
    broker.start()
    waits = []
    with Load(broker, folder, producers=4, size=256) as load, \
            wire.Connection(broker.address) as probe:
        load.wait_result("acked")
        # A topic of its own: the load says only what has changed, and its history is all of "Live".
        send_until(probe, "Probe", b"probe", wire.SUCCESS, START_SECONDS)
        for _ in range(rounds(5, 30)):
            # The moment of the fault is the test's input: there is no event to wait for.
            time.sleep(seed.uniform(0.02, 0.2))
            take_everything(os.path.join(disk, "other"))
            send_until(probe, "Probe", b"probe", wire.SERVICE_NOT_AVAILABLE, START_SECONDS)
            begin = time.monotonic()
            os.unlink(os.path.join(disk, "other"))
            send_until(probe, "Probe", b"probe", wire.SUCCESS, RECOVERY_SECONDS)
            waits.append(time.monotonic() - begin)
        operations = checked(broker, load, first_offset=None)
    assert broker.terminate() == 0, broker.process.tail()
    report(f"{history.counts(operations)}; writable again at most {max(waits) * 1000:.0f} ms after "
           "space")


# Not on tmpfs, where even reading a hole of a mapped file needs space.
@pytest.mark.parametrize("disk", ["ext4"], indirect=True)
@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_broker_on_a_full_disk_can_be_started_again(broker, disk, ballast, folder, checked, how):
    broker.start()
    with Load(broker, folder, producers=8, size=8192) as load:
        load.wait_result("acked")
        load.wait_for(REFUSED)
        if how == "kill":
            broker.process.signal(signal.SIGKILL)
            broker.process.wait_end()
        else:
            assert broker.terminate(5) == 0, broker.process.tail()
            assert not broker.aborted()
        broker.start()
        told = len(load.lines)
        os.unlink(ballast)
        load.wait_result("acked", start=told)
        checked(broker, load, first_offset=None)
