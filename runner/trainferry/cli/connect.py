"""A Ferry out of the options every command shares."""

from typing import TYPE_CHECKING

from trainferry.cli import output

if TYPE_CHECKING:
    from trainferry.sdk.ferry import Ferry


def ferry(
    namespace: str | None = None,
    context: str | None = None,
    store: str | None = None,
    registry: str | None = None,
    base_image: str | None = None,
) -> "Ferry":
    """Imported here: `ferry --help` needs none of it."""
    from trainferry.sdk.ferry import Ferry

    where = {"namespace": namespace, "context": context, "store": store}
    return Ferry(output.tell, None, **where, registry=registry, base_image=base_image)
