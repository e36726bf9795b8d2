"""Demos of a bucket: one signed link to the page, checked by a server that verifies signatures."""

import re

from tests.integration.cli.conftest import desk
from tests.integration.demo.made import notebook
from tests.integration.share.test_bucket import Bucket, cloud, get, key

__all__ = ["cloud", "desk", "key"]


def published(cloud: Bucket, *words: str) -> tuple[str, str]:
    """Link and story."""
    done = cloud.desk.ferry("demo", "publish", "a.ipynb", "--as-is", *words)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip(), done.stderr


def test_a_link_given_out_before_opens_the_page_published_again(cloud: Bucket) -> None:
    notebook(cloud.desk.folder / "a.ipynb", "# First words")
    first, story = published(cloud, "--expires", "1h")
    assert "whoever has this link can open it" in story
    status, page, headers = get(first)
    assert (status, headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert headers["Cache-Control"] == "private, no-store"
    assert b"First words" in page
    assert b"Content-Security-Policy" in page

    notebook(cloud.desk.folder / "a.ipynb", "# Other words")
    second, story = published(cloud)
    assert "the link given out before opens this page too, until" in story
    for link in (first, second):
        assert b"Other words" in get(link)[1]
    names = [info.name for info in cloud.shelf.store.list("shares/")]
    assert [name.rpartition("/")[2] for name in names] == ["1", "index.html", "record.json"]

    (share,) = re.findall(r"ferry unshare (\w{10})", story)
    assert cloud.desk.ferry("unshare", share).returncode == 0
    assert {get(link)[0] for link in (first, second)} == {404}


def test_another_signature_opens_nothing(cloud: Bucket) -> None:
    notebook(cloud.desk.folder / "a.ipynb", "# Words")
    link, _ = published(cloud)
    for changed in (
        re.sub("Expires=\\d+", "Expires=604799", link),
        link.replace("index.html", "files/0"),
        link[:-1] + "0",
    ):
        if changed != link:
            assert get(changed)[0] >= 400
    assert get(link)[0] == 200
