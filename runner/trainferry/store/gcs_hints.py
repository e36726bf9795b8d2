"""What a bucket's settings mean for runs: hints with the command that would change them. Nothing is ever set here."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from google.api_core import exceptions as api

from trainferry.errors import FerryError
from trainferry.store import gcs_client, gcs_errors
from trainferry.store.names import PARTS

DAY = 86400
UPDATE = "gcloud storage buckets update gs://"
RIGHT = "storage.buckets.get"


def look(bucket: str, prefix: str, timeout: float = 60.0, patience: float = 60.0) -> tuple[str, list[str]]:
    """Where the bucket is, in one line, and the hints. Without the right to see its settings the line says so.

    `prefix`: of the store in it. Raises what a store raises for a bucket that does not answer.
    """
    try:
        settings = _settings(bucket, timeout, patience)
    except api.Forbidden:
        return f"gs://{bucket}: its settings are for those who have {RIGHT}; nothing needs them", []
    place = (
        f"gs://{bucket}: {settings.get('location', 'somewhere')}, {settings.get('storageClass', 'STANDARD').lower()}"
    )
    return place, [f"{text}   {command}".rstrip() for ask in _HINTS for text, command in ask(settings, bucket, prefix)]


def _settings(bucket: str, timeout: float, patience: float) -> dict[str, Any]:
    def ask() -> dict[str, Any]:
        client = gcs_client.connect()
        url = f"{client.api_endpoint.rstrip('/')}/storage/v1/b/{bucket}?projection=noAcl"
        answer = client._http.get(url, timeout=gcs_client.timeout(timeout, False))
        if answer.status_code != 200:
            error: Exception = api.from_http_response(answer)  # type: ignore[no-untyped-call]
            raise error
        found: dict[str, Any] = answer.json()
        return found

    try:
        settings: dict[str, Any] = gcs_client.retry(patience, False)(ask)()
    except api.Forbidden:
        raise
    except gcs_errors.FOREIGN as error:
        found: FerryError = gcs_errors.translate(error, bucket, f"gs://{bucket}")
        raise found from error
    return settings


Hints = Iterator[tuple[str, str]]


def _soft_delete(settings: Mapping[str, Any], bucket: str, prefix: str) -> Hints:
    seconds = int(settings.get("softDeletePolicy", {}).get("retentionDurationSeconds", 0))
    if seconds:
        days = f"{seconds // DAY} days" if seconds >= 2 * DAY else f"{seconds // 3600} hours"
        yield (
            f"soft delete keeps, and bills, every deleted checkpoint for {days}",
            f"{UPDATE}{bucket} --clear-soft-delete",
        )


def _versioning(settings: Mapping[str, Any], bucket: str, prefix: str) -> Hints:
    if settings.get("versioning", {}).get("enabled"):
        yield "versioning keeps, and bills, whatever is replaced or deleted", f"{UPDATE}{bucket} --no-versioning"


def _retention(settings: Mapping[str, Any], bucket: str, prefix: str) -> Hints:
    seconds = int(settings.get("retentionPolicy", {}).get("retentionPeriod", 0))
    if seconds:
        text = f"a retention policy of {seconds // DAY} days: the output of a run cannot be rewritten, and runs fail"
        yield text, f"{UPDATE}{bucket} --clear-retention-period"
    if settings.get("defaultEventBasedHold"):
        text = "new objects are on hold: the output of a run cannot be rewritten, and runs fail"
        yield text, f"{UPDATE}{bucket} --no-default-event-based-hold"


def _lifecycle(settings: Mapping[str, Any], bucket: str, prefix: str) -> Hints:
    rules = settings.get("lifecycle", {}).get("rule", [])
    ours = f"{prefix}/" if prefix else ""
    for rule in rules:
        condition, action = rule.get("condition", {}), rule.get("action", {}).get("type", "")
        prefixes = condition.get("matchesPrefix", [""])
        meant = [one for one in prefixes if one.startswith(ours) or ours.startswith(one)]
        parts = all(one.startswith(f"{ours}{PARTS}/") for one in meant)
        if action == "Delete" and meant and not parts and condition.get("isLive") is not False:
            when = f"after {condition['age']} days" if "age" in condition else "by a condition"
            show = f"gcloud storage buckets describe gs://{bucket} --format='yaml(lifecycle_config)'"
            yield f"a lifecycle rule deletes datasets and results {when}", show


def _access(settings: Mapping[str, Any], bucket: str, prefix: str) -> Hints:
    access = settings.get("iamConfiguration", {})
    if not access.get("uniformBucketLevelAccess", {}).get("enabled"):
        text = "single objects may have rights of their own"
        yield text, f"{UPDATE}{bucket} --uniform-bucket-level-access"
    if access.get("publicAccessPrevention") != "enforced":
        text = "nothing prevents that somebody makes it public (shares do not need it)"
        yield text, f"{UPDATE}{bucket} --public-access-prevention"


def _class(settings: Mapping[str, Any], bucket: str, prefix: str) -> Hints:
    kind = settings.get("storageClass", "STANDARD")
    if kind in ("NEARLINE", "COLDLINE", "ARCHIVE"):
        text = f"{kind.lower()} bills every read, and objects that are deleted early"
        yield text, f"{UPDATE}{bucket} --default-storage-class=STANDARD"


_HINTS: tuple[Callable[[Mapping[str, Any], str, str], Hints], ...] = (
    _retention,
    _lifecycle,
    _soft_delete,
    _versioning,
    _access,
    _class,
)
