"""Two nameservers: one dies, broker and clients go on with the other; it returns and learns the
routes from the broker."""

import time

import history
import wire
from processes import BIN, HOST, Load, Process, free_port

GET_ROUTE = 105
TOPIC_NOT_EXIST = 17
TOPIC = "Live"
LATER_TOPIC = "Later"
# RocketMQ's least registerNameServerPeriod.
REGISTER_PERIOD_MS = 10_000
LEARN_SECONDS = 3 * REGISTER_PERIOD_MS / 1000


class NameServer:
    """One port; the process may be started again any number of times."""

    def __init__(self, folder, name):
        self.port = free_port()
        self.address = f"{HOST}:{self.port}"
        self.process = None
        self._settings = {"listenPort": self.port, "bindAddress": HOST,
                          "kvConfigPath": f"{folder}/{name}.json"}

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.process.kill()

    def start(self):
        self.process = Process([BIN / "rewind-nameserver",
                                *(f"--{key}={value}" for key, value in self._settings.items())])
        self.process.wait_for("nameserver ready on")

    def route(self, topic):
        with wire.Connection(self.address) as connection:
            return connection.call(GET_ROUTE, {"topic": topic, "acceptStandardJsonOnly": "true"})

    def wait_route(self, topic, seconds=LEARN_SECONDS):
        """Seconds until it knows the topic."""
        begin = time.monotonic()
        while self.route(topic).code != wire.SUCCESS:
            passed = time.monotonic() - begin
            assert passed < seconds, f"no route of {topic} after {passed:.0f} s"
            time.sleep(0.05)
        return time.monotonic() - begin


def create(broker, topic):
    with wire.Connection(broker.address) as connection:
        fields = wire.topic_fields(topic)
        assert connection.call(wire.UPDATE_AND_CREATE_TOPIC, fields).code == wire.SUCCESS


def test_one_of_two_nameservers_dies_and_returns(broker, folder, report, checked, rounds):
    with NameServer(folder, "first") as first, NameServer(folder, "second") as second:
        broker.settings.update(namesrvAddr=f"{first.address};{second.address}",
                               registerNameServerPeriod=REGISTER_PERIOD_MS)
        broker.start()
        create(broker, TOPIC)
        with Load(broker, folder, producers=4) as load:
            load.wait_result("acked")
            learned = []
            for number in range(rounds(1, 10)):
                learned.append(one_dies_and_returns(first, second, broker, number))
            operations = checked(broker, load)
        assert {one.result for one in operations} == {history.ACKED}
        assert broker.terminate() == 0
        for server in (first, second):
            assert server.route(TOPIC).code == TOPIC_NOT_EXIST, "the broker said farewell"
    report(f"{history.counts(operations)}; the nameserver that returned knew the routes after "
           f"{max(learned):.1f} s (the broker registers every {REGISTER_PERIOD_MS // 1000} s)")


def one_dies_and_returns(first, second, broker, number):
    first.process.kill()
    assert second.route(TOPIC).code == wire.SUCCESS
    # What is new while one is down is known at the other at once.
    topic = f"{LATER_TOPIC}{number}"
    create(broker, topic)
    assert second.wait_route(topic) < 1
    first.start()
    learned = first.wait_route(TOPIC)
    assert first.route(topic).code == wire.SUCCESS
    assert first.route(TOPIC).body == second.route(TOPIC).body
    return learned
