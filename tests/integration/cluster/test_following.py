"""Watching a run and reading its log, over connections that end, break off and fall silent."""

import threading
from collections.abc import Iterator

import pytest

from tests.integration.cluster.apiserver import ApiServer, Line, cut, silent, status
from tests.unit.cluster.objects import JOBS, PODS, RUNNING, Object, ended, job, pod, true
from trainferry.cluster.client import Cluster
from trainferry.cluster.logs import Gap
from trainferry.cluster.stamps import between
from trainferry.errors import Missing, Unreachable
from trainferry.runs.phases import Status

DONE = true("Complete")


def begin(server: ApiServer) -> Object:
    """A Job with one pod that is being pulled."""
    made = server.put(f"{JOBS}/base-1", job())
    server.put(f"{PODS}/p1", pod(made, "p1", {"waiting": {"reason": "PodInitializing"}}, "Pending"))
    return made


def finish(server: ApiServer, made: Object, name: str = "p1") -> None:
    """The pod and its Job end well."""
    server.running.discard(name)
    server.put(f"{PODS}/{name}", pod(made, name, ended(0), "Succeeded"))
    server.put(f"{JOBS}/base-1", made | {"status": {"conditions": [DONE]}})


def phases(statuses: Iterator[Status]) -> list[str]:
    return [status.phase for status in statuses]


def texts(count: int) -> list[bytes]:
    return [b"line %d\r\n" % n if n % 7 else b"x" * 3000 + b"\n" for n in range(count)]


def lines(count: int, first: int = 0) -> list[Line]:
    """Ten lines a second, as the node keeps them."""
    kept = [text.replace(b"\r\n", b"\n") for text in texts(first + count)]
    return [Line(f"2026-11-24T00:00:{n // 10:02}.{n % 10}00000000Z", kept[n]) for n in range(first, first + count)]


def told(some: list[Line]) -> bytes:
    return b"".join(line.text for line in some)


# watch ------------------------------------------------------------------------------------------------


def test_every_change_is_told_until_the_end(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    statuses = cluster.watch("base-1")
    assert next(statuses).phase == "Pulling"
    server.put(f"{PODS}/p1", pod(made, "p1", RUNNING))
    assert next(statuses).phase == "Fetching"
    server.logs["p1"] = lines(1)
    assert next(statuses).phase == "Running"
    server.put(f"{PODS}/p1", pod(made, "p1", ended(0)))
    assert next(statuses).phase == "Saving"
    finish(server, made)
    assert phases(statuses)[-1] == "Succeeded"


def test_a_watch_outlives_a_version_that_is_too_old(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    statuses = cluster.watch("base-1")
    next(statuses)
    server.forgotten = 10**6
    threading.Timer(1.5, lambda: setattr(server, "forgotten", 0)).start()
    finish(server, made)
    assert phases(statuses)[-1] == "Succeeded"


@pytest.mark.parametrize("fault", [silent, cut(0), status(500, "oops")])
def test_a_watch_outlives_a_peer_that_fails_or_says_nothing(server: ApiServer, cluster: Cluster, fault: object) -> None:
    made = begin(server)
    statuses = cluster.watch("base-1")
    next(statuses)
    server.fault("GET", "/jobs", fault)
    server.fault("GET", "/pods", fault)
    finish(server, made)
    assert phases(statuses)[-1] == "Succeeded"


def test_a_server_that_stays_silent_is_given_up(server: ApiServer, cluster: Cluster) -> None:
    begin(server)
    statuses = cluster.watch("base-1")
    next(statuses)
    server.fault("GET", "/jobs", silent, times=99)
    with pytest.raises(Unreachable, match="fell silent"):
        list(statuses)


def test_a_deleted_run_is_stopped(server: ApiServer, cluster: Cluster) -> None:
    begin(server)
    statuses = cluster.watch("base-1")
    next(statuses)
    server.remove(f"{JOBS}/base-1")
    assert phases(statuses) == ["Stopped"]


def test_watching_what_is_not_there_is_one_line(cluster: Cluster) -> None:
    with pytest.raises(Missing, match='no run "base-1" in namespace alice'):
        next(cluster.watch("base-1"))


# logs -------------------------------------------------------------------------------------------------


def test_a_log_is_followed_from_first_to_last_over_broken_connections(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    server.put(f"{PODS}/p1", pod(made, "p1", RUNNING))
    server.running.add("p1")
    server.logs["p1"] = lines(40)
    for size in (1, 30, 2000, 7001, 9000, 31):
        server.fault("GET", "/log", cut(size))
    stream = cluster.logs("base-1", follow=True)
    got = next(stream)
    server.logs["p1"] += lines(60, first=40)
    finish(server, made)
    assert got + b"".join(stream) == told(lines(100))


def test_a_silent_log_is_asked_for_anew(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    server.put(f"{PODS}/p1", pod(made, "p1", RUNNING))
    server.logs["p1"] = lines(5)
    server.fault("GET", "/log", silent)
    threading.Timer(0.5, finish, (server, made)).start()
    assert b"".join(cluster.logs("base-1", follow=True)) == told(lines(5))


def test_a_log_goes_on_in_the_next_attempt(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    server.put(f"{PODS}/p1", pod(made, "p1", ended(75), "Failed"))
    server.logs |= {"p1": lines(3), "p2": lines(6)}
    server.running.add("p2")
    stream = cluster.logs("base-1", follow=True)
    got = next(stream)
    server.put(f"{PODS}/p2", pod(made, "p2", RUNNING))
    threading.Timer(0.5, finish, (server, made, "p2")).start()
    assert got + b"".join(stream) == told(lines(3)) + told(lines(6))


def test_without_follow_the_log_so_far_is_told(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    server.put(f"{PODS}/p1", pod(made, "p1", RUNNING))
    server.logs["p1"] = lines(9)
    server.running.add("p1")
    assert b"".join(cluster.logs("base-1")) == told(lines(9))


def test_a_run_that_has_not_begun_has_no_log_yet(server: ApiServer, cluster: Cluster) -> None:
    begin(server)
    assert list(cluster.logs("base-1")) == []


def test_lines_that_the_node_rotated_away_come_from_the_store(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    server.put(f"{PODS}/p1", pod(made, "p1", RUNNING))
    server.logs["p1"] = lines(15)
    server.running.add("p1")
    server.fault("GET", "/log", cut(len(told(lines(15))) // 2))
    gaps: list[Gap] = []

    def fill(gap: Gap) -> bytes:
        gaps.append(gap)
        return between(b"".join(texts(40)), gap.given, gap.after)

    stream = cluster.logs("base-1", True, fill)
    got = next(stream)
    server.logs["p1"] = lines(10, first=30)
    finish(server, made)
    assert got + b"".join(stream) == told(lines(40))
    assert [(gap.pod, gap.after) for gap in gaps] == [("p1", b"x" * 3000 + b"\n" if 30 % 7 == 0 else b"line 30\n")]


def test_a_reader_without_a_store_is_told_that_lines_are_missing(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    server.put(f"{PODS}/p1", pod(made, "p1", RUNNING))
    server.logs["p1"] = lines(5)
    server.running.add("p1")
    server.fault("GET", "/log", cut(3100))
    stream = cluster.logs("base-1", follow=True)
    got = next(stream)
    server.logs["p1"] = lines(5, first=30)
    finish(server, made)
    missing = b"[ferry] lines are missing here: the node no longer has them\n"
    assert (got + b"".join(stream)).endswith(missing + told(lines(5, first=30)))


def test_the_rest_of_a_deleted_pods_log_is_asked_from_the_store(server: ApiServer, cluster: Cluster) -> None:
    made = begin(server)
    server.put(f"{PODS}/p1", pod(made, "p1", RUNNING))
    server.logs["p1"] = lines(5)
    server.running.add("p1")
    stream = cluster.logs("base-1", True, lambda gap: between(b"".join(texts(9)), gap.given, gap.after))
    got = next(stream)
    server.remove(f"{PODS}/p1")
    del server.objects[f"{JOBS}/base-1"]
    server.running.clear()
    assert got + b"".join(stream) == told(lines(9))
