import re
from pathlib import Path

import pytest

from trainferry.errors import BadInput
from trainferry.ship.contexts import BuildContext, ferry_image, notebook_image, project_image, trainer_image
from trainferry.ship.image import check_registry
from trainferry.ship.registry import Reference, parse

STAGES = """ARG BASE=python:3.13-slim
FROM --platform=$BUILDPLATFORM golang:1.22 AS tools
FROM ${BASE} as first
COPY --from=tools /x /x
FROM first
FROM scratch
FROM python:3.13-slim
"""


def context(folder: Path, **files: str) -> BuildContext:
    for name, text in files.items():
        (folder / name).write_text(text)
    return project_image(folder)


def test_the_bases_are_what_the_recipe_begins_from_and_end_up_by_digest(tmp_path: Path):
    made = context(tmp_path, Dockerfile=STAGES)
    assert made.bases() == ("golang:1.22", "python:3.13-slim")
    assert made.recipe({"golang:1.22": "golang@sha256:a", "python:3.13-slim": "python@sha256:b"}) == (
        "ARG BASE=python:3.13-slim\n"
        "FROM --platform=$BUILDPLATFORM golang@sha256:a AS tools\n"
        "FROM python@sha256:b as first\n"
        "COPY --from=tools /x /x\n"
        "FROM first\n"
        "FROM scratch\n"
        "FROM python@sha256:b\n"
    )


def test_a_base_without_a_value_is_named(tmp_path: Path):
    with pytest.raises(BadInput) as error:
        context(tmp_path, Dockerfile="ARG BASE\nFROM ${BASE}").bases()
    assert str(error.value) == "Dockerfile: FROM ${BASE}: BASE has no value   give its ARG a default"


def test_each_input_makes_another_tag_and_nothing_else_does(tmp_path: Path):
    made = context(tmp_path, Dockerfile="FROM a", x="1")
    bases = {"a": "a@sha256:1"}
    first = made.tag(bases)
    (tmp_path / "x").touch()
    assert [len(first), first == project_image(tmp_path).tag(bases)] == [20, True]
    tags = [first, made.tag({"a": "a@sha256:2"}), made.tag({**bases, "platform": "linux/arm64"})]
    tags.append(project_image(tmp_path, arguments={"N": "1"}).tag(bases))
    (tmp_path / "x").chmod(0o755)
    tags.append(project_image(tmp_path).tag(bases))
    tags.append(context(tmp_path, x="2").tag(bases))
    tags.append(context(tmp_path, Dockerfile="FROM a\n").tag(bases))
    tags.append(context(tmp_path, y="").tag(bases))
    assert len(set(tags)) == len(tags)


def test_dockerignore_counts_and_the_folder_gives_the_name(tmp_path: Path):
    folder = tmp_path / "My_Project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "big").write_text("")
    ignore = "# data\ndata\n*.log\n"
    made = context(folder, **{"Dockerfile": "FROM a", ".dockerignore": ignore, "a.log": "", "b.py": ""})
    assert (made.repository, sorted(made.files)) == ("my-project", [".dockerignore", "Dockerfile", "b.py"])


def test_a_folder_without_a_recipe_is_refused(tmp_path: Path):
    with pytest.raises(BadInput) as error:
        project_image(tmp_path)
    assert str(error.value) == f"build {tmp_path}: no Dockerfile there   ferry build ferry|trainer|notebook|FOLDER"


def test_our_own_images_begin_from_the_base_that_is_configured():
    made = [make("team/python:3") for make in (ferry_image, trainer_image, notebook_image)]
    assert [m.bases() for m in made] == [("team/python:3",)] * 3
    assert sorted(made[1].files) == ["images/trainer/Dockerfile", "images/trainer/requirements.txt"]
    for name, image in (("ferry", made[0]), ("notebook", made[2])):
        assert {f"images/{name}/Dockerfile", "runner/trainferry/agent/__main__.py"} <= set(image.files)
        assert not [file for file in image.files if "__pycache__" in file]


@pytest.mark.parametrize("name", ["ferry", "trainer", "notebook"])
def test_every_package_of_our_own_images_is_pinned_by_hash_and_no_index_is_named(name: str):
    made = {"ferry": ferry_image, "trainer": trainer_image, "notebook": notebook_image}[name]("")
    text = made.files[f"images/{name}/requirements.txt"].read_text()
    pinned = re.compile(r"[a-z0-9-]+==|    --hash=sha256:[0-9a-f]{64}")
    assert [line for line in text.splitlines() if not pinned.match(line)] == []


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("python:3.13", Reference("python", "registry-1.docker.io", "library/python", "3.13")),
        ("team/torch", Reference("team/torch", "registry-1.docker.io", "team/torch", "latest")),
        ("docker.io/team/torch:2", Reference("docker.io/team/torch", "registry-1.docker.io", "team/torch", "2")),
        ("ghcr.io/a/b/c:x", Reference("ghcr.io/a/b/c", "ghcr.io", "a/b/c", "x")),
        ("localhost:5000/x", Reference("localhost:5000/x", "localhost:5000", "x", "latest")),
    ],
)
def test_a_reference_is_read_like_docker_reads_it(typed: str, meant: Reference):
    assert parse(typed) == meant


def test_only_a_registry_on_this_machine_is_asked_without_tls():
    names = ("127.0.0.1:5000/x:1", "localhost/x:1", "10.0.0.1:5000/x:1", "localhost.io/x:1")
    assert [parse(name).url for name in names] == [
        "http://127.0.0.1:5000/v2/x/manifests/1",
        "http://localhost/v2/x/manifests/1",
        "https://10.0.0.1:5000/v2/x/manifests/1",
        "https://localhost.io/v2/x/manifests/1",
    ]


@pytest.mark.parametrize("typed", ["https://r.io/x", "r.io/x/", "R.io", "", "r.io/x y"])
def test_where_images_go_is_a_host_and_a_path(typed: str):
    with pytest.raises(BadInput) as error:
        check_registry(typed)
    assert str(error.value) == f"--registry {typed}: expected HOST/PATH, for example europe-docker.pkg.dev/team/ferry"
