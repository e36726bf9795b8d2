import yaml

from tests.unit.manifests.golden import ROOT

CONFIG = yaml.safe_load((ROOT / "skaffold.yaml").read_text())


def test_skaffold_builds_both_images_of_a_run_from_files_that_exist():
    artifacts = CONFIG["build"]["artifacts"]
    files = {each["image"]: ROOT / each["context"] / each["docker"]["dockerfile"] for each in artifacts}
    assert files == {name: ROOT / "images" / name / "Dockerfile" for name in ("ferry", "trainer")}
    assert [path for path in files.values() if not path.is_file()] == []


def test_skaffold_deploys_overlays_that_exist():
    configs = [CONFIG, *CONFIG["profiles"]]
    paths = [path for each in configs for path in each["manifests"]["kustomize"]["paths"]]
    assert paths == ["k8s/overlays/kind", "k8s/overlays/gke"]
    assert all((ROOT / path / "kustomization.yaml").is_file() for path in paths)


def test_skaffold_is_a_configuration_of_version_4():
    assert (CONFIG["apiVersion"], CONFIG["kind"]) == ("skaffold/v4beta13", "Config")
    assert set(CONFIG) == {"apiVersion", "kind", "metadata", "build", "manifests", "deploy", "profiles"}
