"""One installation of the Helm chart in a namespace of its own."""

import secrets

from cluster import CRD, ROOT, run

CHART = ROOT / "helm" / "rewindmq"
IMAGES = ROOT / "build" / "images"
BROKERS = 2


class Release:
    name = "rewindmq"

    def __init__(self, cluster):
        self.cluster = cluster
        self.namespace = f"e2e-{secrets.token_hex(4)}"
        self._brought_crd = False

    def install(self):
        tag = run(ROOT / "hack" / "images" / "build", timeout=600).stdout.strip()
        self.cluster.load(*sorted(IMAGES.glob("*.tar")))
        self._refuse_second_operator()
        self._brought_crd = self.cluster.kubectl("get", "crd", CRD, check=False).returncode != 0
        self.cluster.kubectl("create", "namespace", self.namespace)
        # The strictest standard there is: a program that wanted more would not be started.
        self.cluster.kubectl("label", "namespace", self.namespace,
                             "pod-security.kubernetes.io/enforce=restricted")
        # --wait: returns when every pod is Ready, fails when one is not within the time.
        self.cluster.helm("install", self.name, CHART, "--namespace", self.namespace, "--wait",
                          "--timeout", "3m", "--set",
                          f"image.registry=localhost,image.tag={tag},broker.replicas={BROKERS},"
                          "broker.persistence.size=1Gi")

    def uninstall(self):
        self.cluster.helm("uninstall", self.name, "--namespace", self.namespace, "--wait",
                          "--ignore-not-found")
        self.cluster.kubectl("delete", "namespace", self.namespace, "--ignore-not-found",
                             timeout=180)
        if self._brought_crd:
            self.cluster.kubectl("delete", "crd", CRD)

    def _refuse_second_operator(self):
        others = self.cluster.get("deployments", "--all-namespaces", "-l",
                                  "app.kubernetes.io/name=rewindmq")["items"]
        where = [item["metadata"]["namespace"] for item in others]
        assert not where, f"another operator would answer too; uninstall the release in {where}"

    def pods(self, component=None):
        selector = f"app.kubernetes.io/instance={self.name}"
        if component:
            selector += f",app.kubernetes.io/component={component}"
        return self.cluster.get("pods", "-n", self.namespace, "-l", selector)["items"]

    def name_server(self):
        """By address, so that it serves in clusters whose names this computer cannot resolve."""
        return f"{self.pods('nameserver')[0]['status']['podIP']}:9876"

    def broker_names(self):
        return sorted(pod["metadata"]["name"] for pod in self.pods("broker"))

    def logs(self):
        text = []
        for pod in self.pods():
            name = pod["metadata"]["name"]
            for previous in (["--previous"], []):
                done = self.cluster.kubectl("logs", "-n", self.namespace, name, "--tail=60",
                                            *previous, check=False)
                if done.returncode == 0:
                    text.append(f"--- {name} {' '.join(previous)}\n{done.stdout}")
        return "\n".join(text)
