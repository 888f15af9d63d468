"""The Kubernetes cluster under test, reached through the scripts of hack/cluster only."""

import json
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "hack" / "cluster"
CRD = "offsetresets.rewindmq.dev"


class CommandFailed(AssertionError):
    """A command ended with another exit code than 0; its whole output is the message."""

    def __init__(self, done):
        command = " ".join(str(word) for word in done.args)
        super().__init__(f"exit code {done.returncode}: {command}\n{done.stdout}{done.stderr}")
        self.stderr = done.stderr


def run(*command, stdin=None, timeout=120, check=True):
    done = subprocess.run([str(word) for word in command], input=stdin, capture_output=True,
                          text=True, timeout=timeout, check=False)
    if check and done.returncode != 0:
        raise CommandFailed(done)
    return done


class Cluster:
    """Starts the cluster unless it is up already, and ends it only if it started it."""

    def __init__(self):
        self._started = False

    def up(self):
        already = run(SCRIPTS / "kubectl", "get", "--raw", "/readyz", check=False)
        if already.returncode != 0:
            # The very first start compiles Kubernetes.
            run(SCRIPTS / "up", "2", timeout=3600)
            self._started = True

    def down(self):
        if self._started:
            run(SCRIPTS / "down")

    def load(self, *archives):
        run(SCRIPTS / "load", *archives, timeout=300)

    def kubectl(self, *arguments, stdin=None, timeout=120, check=True):
        return run(SCRIPTS / "kubectl", *arguments, stdin=stdin, timeout=timeout, check=check)

    def helm(self, *arguments, timeout=300):
        return run(SCRIPTS / "helm", *arguments, timeout=timeout)

    def get(self, *arguments):
        return json.loads(self.kubectl("get", *arguments, "-o", "json").stdout)

    def create(self, manifest, *arguments, check=True):
        return self.kubectl("create", "-f", "-", *arguments, stdin=json.dumps(manifest),
                            check=check)

    @staticmethod
    def inside(*command):
        """The command line that runs a local program on the cluster's network."""
        return [str(SCRIPTS / "exec"), *(str(word) for word in command)]
