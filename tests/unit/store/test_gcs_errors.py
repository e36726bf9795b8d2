"""Google's refusals in one line."""

import pytest
from google.api_core import exceptions as api

from trainferry.errors import Changed, FerryError, Forbidden, Full, Missing, Unreachable
from trainferry.store.gcs_errors import translate

BIND = "gcloud storage buckets add-iam-policy-binding gs://b --member user:YOU --role roles/storage.objectUser"
TABLE: list[tuple[Exception, type[FerryError], str]] = [
    (
        api.Forbidden("a@b.c does not have storage.objects.create access to the Google Cloud Storage object."),
        Forbidden,
        f"gs://b/x: the right storage.objects.create is missing   {BIND}",
    ),
    (api.Forbidden("Denied by policy"), Forbidden, f"gs://b/x: Denied by policy   {BIND}"),
    (
        api.Unauthorized("Invalid Credentials"),
        Forbidden,
        "gs://b/x: the store does not know who you are   gcloud auth application-default login",
    ),
    (api.Forbidden("The project exceeded its quota"), Full, "gs://b/x: The project exceeded its quota"),
    (
        api.NotFound("The specified bucket does not exist."),
        Missing,
        "no bucket gs://b   gcloud storage buckets create gs://b",
    ),
    (api.NotFound("No such object: b/x"), Missing, "no object gs://b/x"),
    (api.PreconditionFailed("conditionNotMet"), Changed, "gs://b/x was changed by somebody else"),
    (api.ServiceUnavailable("try later\nand so on"), Unreachable, "gs://b/x: the store answers 503 try later"),
    (
        api.RetryError("Timeout of 60.0s exceeded", api.TooManyRequests("slow down")),
        Unreachable,
        "gs://b/x: the store answers 429 slow down",
    ),
    (
        ConnectionError(ConnectionRefusedError("[Errno 111] Connection refused")),
        Unreachable,
        "gs://b/x: no answer from the store (Connection refused)   is there a network?",
    ),
]


@pytest.mark.parametrize(("foreign", "kind", "line"), TABLE)
def test_a_foreign_exception_is_one_line_of_ours(foreign: Exception, kind: type[FerryError], line: str) -> None:
    error = translate(foreign, "b", "gs://b/x")
    assert (type(error), str(error)) == (kind, line)
