"""archive.py OUT.tar NAME:TAG ENTRYPOINT FILE=/path/in/image ...: a docker-archive image of plain files (no Docker)."""

import hashlib
import io
import json
import sys
import tarfile


def main(out: str, name: str, entrypoint: str, *files: str) -> None:
    """Writes the archive; the same files give the same bytes."""
    data = layer(files)
    digest = hashlib.sha256(data).hexdigest()
    config = json.dumps(
        {
            "architecture": "amd64",
            "os": "linux",
            "config": {"Entrypoint": [entrypoint], "WorkingDir": "/"},
            "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest}"]},
        }
    ).encode()
    named = f"{hashlib.sha256(config).hexdigest()}.json"
    manifest = [{"Config": named, "RepoTags": [name], "Layers": [f"{digest}/layer.tar"]}]
    members = {named: config, f"{digest}/layer.tar": data, "manifest.json": json.dumps(manifest).encode()}
    with tarfile.open(out, "w") as tar:
        for path, content in members.items():
            add(tar, tarfile.TarInfo(path), content)


def layer(files: tuple[str, ...]) -> bytes:
    """A tar of the files, owned by root, without times."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for source, _, target in (file.partition("=") for file in files):
            with open(source, "rb") as handle:
                info = tar.gettarinfo(fileobj=handle, arcname=target)
                info.uid = info.gid = info.mtime = 0
                info.uname = info.gname = ""
                add(tar, info, handle.read())
    return buffer.getvalue()


def add(tar: tarfile.TarFile, info: tarfile.TarInfo, content: bytes) -> None:
    """One member."""
    info.size = len(content)
    tar.addfile(info, io.BytesIO(content))


if __name__ == "__main__":
    main(*sys.argv[1:])
