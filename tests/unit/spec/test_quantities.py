import pytest

from trainferry.errors import BadInput
from trainferry.spec import quantities


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [("2", "2"), ("1.5", "1500m"), ("500m", "500m"), ("2000m", "2"), ("0.001", "1m"), ("64.0", "64")],
)
def test_cores_have_one_spelling(typed: str, canonical: str):
    assert quantities.cpu(typed, "--cpu") == canonical


@pytest.mark.parametrize(
    ("typed", "canonical", "size"),
    [
        ("8Gi", "8Gi", 8 << 30),
        ("1024Mi", "1Gi", 1 << 30),
        ("1.5Gi", "1536Mi", 1536 << 20),
        ("8G", "8G", 8_000_000_000),
        ("1500M", "1500M", 1_500_000_000),
        ("0.1k", "100", 100),
    ],
)
def test_sizes_have_one_spelling(typed: str, canonical: str, size: int):
    assert quantities.memory(typed, "--memory") == canonical
    assert quantities.memory_bytes(canonical) == size


@pytest.mark.parametrize(("typed", "seconds"), [("90s", 90), ("12h", 43200), ("1h30m", 5400), ("2d", 172800)])
def test_times_are_seconds(typed: str, seconds: int):
    assert quantities.duration(typed, "--deadline") == seconds


@pytest.mark.parametrize(
    ("parse", "where", "typed", "said"),
    [
        (quantities.count, "--gpu", "two", "--gpu two: expected a whole number, for example --gpu 2"),
        (quantities.count, "--gpu", "-1", "--gpu -1: expected a whole number, for example --gpu 2"),
        (quantities.count, "--gpu", "", "--gpu '': expected a whole number, for example --gpu 2"),
        (quantities.count, "--gpu", "٢", "--gpu ٢: expected a whole number, for example --gpu 2"),
        (quantities.count, "--gpu", "2\n", "--gpu '2\\n': expected a whole number, for example --gpu 2"),
        (quantities.count, "[run] gpu =", "x", "[run] gpu = x: expected a whole number, for example [run] gpu = 2"),
        (quantities.cpu, "--cpu", "0", "--cpu 0: expected a number of cores, for example --cpu 2 or --cpu 500m"),
        (quantities.cpu, "--cpu", "2Gi", "--cpu 2Gi: expected a number of cores, for example --cpu 2 or --cpu 500m"),
        (quantities.cpu, "--cpu", "1.5m", "--cpu 1.5m: expected a number of cores, for example --cpu 2 or --cpu 500m"),
        (
            quantities.memory, "--memory", "16GB",
            "--memory 16GB: expected a size with its unit, for example --memory 16Gi or --memory 16G",
        ),
        (
            quantities.memory, "--memory", "8",
            "--memory 8: expected a size with its unit, for example --memory 8Gi or --memory 8G",
        ),
        (
            quantities.memory, "--shm", "512m",
            "--shm 512m: expected a size with its unit, for example --shm 512Mi or --shm 512M",
        ),
        (
            quantities.memory, "--memory", "0Gi",
            "--memory 0Gi: expected a size above zero that a machine can have, for example --memory 8Gi",
        ),
        (
            quantities.memory, "--memory", "99999999Pi",
            "--memory 99999999Pi: expected a size above zero that a machine can have, for example --memory 8Gi",
        ),
        (
            quantities.duration, "--deadline", "12",
            "--deadline 12: expected a time with its unit, for example --deadline 12h or --deadline 1h30m",
        ),
        (
            quantities.duration, "--deadline", "0s",
            "--deadline 0s: expected a time with its unit, for example --deadline 12h or --deadline 1h30m",
        ),
        (
            quantities.name, "--name", "My Run!",
            "--name My Run!: expected small letters, digits and - (at most 40), for example --name my-run",
        ),
        (
            quantities.name, "--name", "a" * 41,
            f"--name {'a' * 41}: expected small letters, digits and - (at most 40), for example --name {'a' * 40}",
        ),
        (
            quantities.name, "--name", "\x1b[31m",
            "--name '\\x1b[31m': expected small letters, digits and - (at most 40), for example --name 31m",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_one_line_with_what_to_type(parse, where: str, typed: str, said: str):
    with pytest.raises(BadInput) as error:
        parse(typed, where)
    assert str(error.value) == said


def test_a_made_name_is_a_name():
    assert [quantities.made_name(text) for text in ("Train_v2", "--x--", "É", "a" * 39 + "-b")] == [
        "train-v2", "x", "", "a" * 39,
    ]  # fmt: skip
