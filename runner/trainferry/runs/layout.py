"""Where everything lives in a store (docs: README, "The store")."""


def snapshot(digest: str) -> str:
    return f"code/{digest}.tar.gz"


def run(run: str) -> str:
    return f"runs/{run}/"


def record(run: str) -> str:
    """Intent: spec, git commit, digests, who, when."""
    return f"runs/{run}/run.json"


def rendered(run: str) -> str:
    return f"runs/{run}/manifest.yaml"


def output_manifest(run: str) -> str:
    """The manifest that readers trust; changed by compare-and-swap only."""
    return f"runs/{run}/output.json"


def output(run: str, attempt: int, path: str, version: str = "") -> str:
    """An output file as attempt `attempt` published it first; later versions of it are other objects."""
    return f"runs/{run}/output/{attempt}.{version}/{path}" if version else f"runs/{run}/output/{attempt}/{path}"


def parts(run: str, attempt: int, path: str) -> str:
    """The prefix of the chunks of a growing file, or of the parts of a large one on its way."""
    return f"runs/{run}/output/{attempt}.parts/{path}"


def log(run: str, attempt: int) -> str:
    """The whole log of an attempt; its chunks are below `<this>.parts/`."""
    return f"runs/{run}/attempts/{attempt}/log"


def verdict(run: str, attempt: int) -> str:
    return f"runs/{run}/attempts/{attempt}/verdict.json"


def dataset_index(name: str, version: str) -> str:
    return f"datasets/{name}/{version}/index"


def dataset_shard(name: str, digest: str) -> str:
    return f"datasets/{name}/shards/{digest}.tar"


def share_record(share: str) -> str:
    """Who may read which copies, until when; without it a share does not exist."""
    return f"shares/{share}/record.json"


def share_file(share: str, number: int) -> str:
    """A copy of the share's file number `number`, from 0."""
    return f"shares/{share}/files/{number}"


def share_page(share: str) -> str:
    """In a bucket: the page that the share's link opens."""
    return f"shares/{share}/index.html"


def gc_lease() -> str:
    """Held while a garbage collection deletes, empty afterwards (runs/lease.py)."""
    return "gc/lease.json"


def gc_clock() -> str:
    """Written to learn the store's time."""
    return "gc/clock"
