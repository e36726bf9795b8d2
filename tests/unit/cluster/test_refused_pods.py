"""What the Job controller says when it cannot make a pod, and what a person is told."""

from trainferry.cluster.refused_pods import meaning

ROOT = (
    'Error creating: pods "base-1-x1" is forbidden: violates PodSecurity "restricted:latest": runAsNonRoot != true '
    '(container "trainer" must set securityContext.runAsNonRoot=true)'
)
QUOTA = (
    'Error creating: pods "base-1-x1" is forbidden: exceeded quota: compute, '
    "requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=2, limited: requests.nvidia.com/gpu=2"
)
TABLE = {
    ROOT: 'the namespace takes only pods that are restricted: runAsNonRoot != true (container "trainer" must set '
    "securityContext.runAsNonRoot=true); leave out --run-as image, or ask for a namespace that enforces no more than "
    "baseline",
    QUOTA: "waits for quota compute, requested: requests.nvidia.com/gpu=1, used: requests.nvidia.com/gpu=2, "
    "limited: requests.nvidia.com/gpu=2",
    'Error creating: pods "x" is forbidden: maximum memory usage per Container is 1Gi, but limit is 2Gi': "maximum "
    "memory usage per Container is 1Gi, but limit is 2Gi",
    "no words we know": "no words we know",
}


def test_a_refused_pod_is_explained_in_one_line() -> None:
    assert {said: meaning(said) for said in TABLE} == TABLE
