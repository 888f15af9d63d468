"""The installed chart: everything runs, with no more rights than needed."""

import pytest

OPERATOR = "rewindmq-operator"


def test_all_pods_are_ready_and_never_restarted(release):
    pods = release.pods()
    components = sorted(pod["metadata"]["labels"]["app.kubernetes.io/component"] for pod in pods)
    assert components == ["broker", "broker", "nameserver", "operator"]
    for pod in pods:
        status = pod["status"]["containerStatuses"][0]
        assert status["ready"], status
        assert status["restartCount"] == 0, status


def test_each_broker_has_a_volume_of_its_own(cluster, release):
    claims = cluster.get("pvc", "-n", release.namespace)["items"]
    assert sorted(claim["metadata"]["name"] for claim in claims) == [
        f"data-{name}" for name in release.broker_names()]
    assert {claim["status"]["phase"] for claim in claims} == {"Bound"}


@pytest.mark.parametrize("verb, resource, allowed", [
    ("watch", "offsetresets.rewindmq.dev", "yes"),
    ("update", "offsetresets.rewindmq.dev", "no"),
    ("patch", "offsetresets.rewindmq.dev", "yes"),
    ("delete", "offsetresets.rewindmq.dev", "yes"),
    ("create", "events.events.k8s.io", "yes"),
    ("create", "configmaps", "yes"),
    ("list", "configmaps", "no"),
    ("get", "secrets", "no"),
    ("list", "pods", "no"),
    ("create", "pods", "no"),
])
def test_the_operator_may_do_its_work_only(cluster, release, verb, resource, allowed):
    user = f"system:serviceaccount:{release.namespace}:{OPERATOR}"
    done = cluster.kubectl("auth", "can-i", verb, resource, "--as", user, "-n", "default",
                           check=False)
    assert done.stdout.strip() == allowed


def test_the_operator_may_write_status(cluster, release):
    user = f"system:serviceaccount:{release.namespace}:{OPERATOR}"
    done = cluster.kubectl("auth", "can-i", "update", "offsetresets.rewindmq.dev",
                           "--subresource=status", "--as", user, "-n", "default", check=False)
    assert done.stdout.strip() == "yes"


def test_editors_of_a_namespace_may_reset(cluster, release):
    for role, verb, allowed in [("view", "list", "yes"), ("view", "create", "no"),
                                ("edit", "create", "yes")]:
        user = f"{role}er"
        cluster.kubectl("create", "rolebinding", user, f"--clusterrole={role}", f"--user={user}",
                        "-n", release.namespace, check=False)
        done = cluster.kubectl("auth", "can-i", verb, "offsetresets.rewindmq.dev", "--as", user,
                               "-n", release.namespace, check=False)
        assert done.stdout.strip() == allowed, (role, verb)
