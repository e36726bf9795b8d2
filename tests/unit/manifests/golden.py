"""What is rendered, as files: `python -m tests.unit.manifests.golden` writes them, the tests compare."""

from pathlib import Path

from tests.unit.manifests.cases import rendered
from trainferry.manifests import gateway, tenant
from trainferry.manifests.text import dump

ROOT = Path(__file__).parents[3]
FOLDER = Path(__file__).parent / "golden"
TENANT = ROOT / "k8s" / "tenant"
GATEWAY = ROOT / "k8s" / "gateway"


def texts() -> dict[Path, str]:
    """Path -> the text that has to be there."""
    goldens = {FOLDER / f"{name}.yaml": dump(objects) for name, objects in rendered().items()}
    kept = {TENANT: tenant.files(tenant.Tenant()), GATEWAY: gateway.files(gateway.Gateway())}
    return goldens | {folder / name: dump(found) for folder, part in kept.items() for name, found in part.items()}


if __name__ == "__main__":
    for path, text in texts().items():
        path.write_text(text)
        print(path.relative_to(ROOT))
