"""The chart on paper: what it accepts, and what it refuses before anything reaches a cluster."""

import pytest
import yaml
from cluster import ROOT, SCRIPTS, run
from release import CHART


@pytest.fixture(scope="module")
def helm():
    program = run(SCRIPTS / "build", timeout=3600).stdout.strip() + "/helm"
    return lambda *arguments, **options: run(program, *arguments, **options)


def rendered(helm, *settings):
    options = [word for setting in settings for word in ("--set", setting)]
    text = helm("template", "demo", CHART, "--namespace", "shop", *options).stdout
    return {(item["kind"], item["metadata"]["name"]): item
            for item in yaml.safe_load_all(text) if item}


def test_lint_finds_nothing(helm):
    helm("lint", "--strict", CHART)


def test_installs_the_one_resource_definition():
    assert (CHART / "crds" / "offsetresets.yaml").resolve() == ROOT / "crds" / "offsetresets.yaml"


@pytest.mark.parametrize("setting, complaint", [
    ("broker.replicas=0", "/broker/replicas"),
    ("nameserver.replicas=two", "/nameserver/replicas"),
    ("broker.config.flushDiskType=FAST", "'ASYNC_FLUSH', 'SYNC_FLUSH'"),
    ("broker.config.listenPort=1", "broker.config.listenPort is set by the chart"),
    ("nameserver.config.listenPort=1", "nameserver.config.listenPort is set by the chart"),
    ("broker.persistence.size=big", "/broker/persistence/size"),
    ("image.pullPolicy=Maybe", "/image/pullPolicy"),
    ("broker.metrics.port=10911", "/broker/metrics/port"),
    ("broker.config.metricsPromExporterPort=1",
     "broker.config.metricsPromExporterPort is set by the chart"),
    ("brokr.replicas=2", "'brokr' not allowed"),
    ("broker.replica=2", "'replica' not allowed"),
])
def test_refuses_wrong_values(helm, setting, complaint):
    done = helm("template", "demo", CHART, "--set", setting, check=False)
    assert done.returncode != 0
    assert complaint in done.stderr


def test_big_numbers_stay_whole(helm):
    items = rendered(helm, "broker.config.maxMessageSize=4194304")
    config = items["ConfigMap", "demo-rewindmq-broker"]["data"]["broker.conf"]
    assert "maxMessageSize=4194304" in config.splitlines()


def test_brokers_know_every_nameserver(helm):
    items = rendered(helm, "nameserver.replicas=2")
    pod = items["StatefulSet", "demo-rewindmq-broker"]["spec"]["template"]["spec"]
    settings = {each["name"]: each.get("value") for each in pod["containers"][0]["env"]}
    host = "demo-rewindmq-nameserver-{}.demo-rewindmq-nameserver.shop.svc:9876"
    assert settings["REWIND_NAMESRV_ADDR"] == ";".join([host.format(0), host.format(1)])


def test_metrics_are_where_the_annotations_say(helm):
    def broker(*settings):
        items = rendered(helm, *settings)
        template = items["StatefulSet", "demo-rewindmq-broker"]["spec"]["template"]
        container = template["spec"]["containers"][0]
        return (template["metadata"]["annotations"],
                {each["name"]: each.get("value") for each in container["env"]},
                {each["name"]: each["containerPort"] for each in container["ports"]},
                {each["name"]: each["port"]
                 for each in items["Service", "demo-rewindmq-broker"]["spec"]["ports"]})

    annotations, settings, ports, service = broker("broker.podAnnotations.team=shop")
    assert annotations["prometheus.io/scrape"] == "true"
    assert annotations["prometheus.io/port"] == "5557"
    assert annotations["prometheus.io/path"] == "/metrics"
    assert annotations["team"] == "shop"
    assert settings["REWIND_METRICS_PROM_EXPORTER_PORT"] == "5557"
    assert ports["metrics"] == service["metrics"] == 5557
    annotations, settings, ports, service = broker("broker.metrics.enabled=false")
    assert not [name for name in annotations if name.startswith("prometheus.io/")]
    assert settings["REWIND_METRICS_PROM_EXPORTER_PORT"] == "0"
    assert "metrics" not in ports and "metrics" not in service


def test_no_pod_may_do_more_than_it_must(helm):
    for (kind, name), item in rendered(helm).items():
        if kind not in ("StatefulSet", "Deployment"):
            continue
        pod = item["spec"]["template"]["spec"]
        assert pod["securityContext"]["runAsNonRoot"], name
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}, name
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["readOnlyRootFilesystem"], name
            assert not context["allowPrivilegeEscalation"], name
            assert context["capabilities"] == {"drop": ["ALL"]}, name
            assert "memory" in container["resources"]["limits"], name


def test_a_changed_setting_makes_new_pods(helm):
    def annotation(*settings):
        item = rendered(helm, *settings)["StatefulSet", "demo-rewindmq-broker"]
        return item["spec"]["template"]["metadata"]["annotations"]["checksum/config"]

    assert annotation() != annotation("broker.config.flushDiskType=SYNC_FLUSH")
