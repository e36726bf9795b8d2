"""Ours: python with_ferry.py push|sync|pull|up|down LOCAL BUCKET NAME, by the calls of `ferry data` and `ferry cp`."""

import sys
from pathlib import Path

from trainferry import Ferry
from trainferry.data import catalog
from trainferry.data.pull import pull
from trainferry.data.push import push
from trainferry.store import open_store

verb, local, bucket, name = sys.argv[1:]
if verb == "up":
    Ferry(store=f"gs://{bucket}/team").copy(local, f"gs://{bucket}/{name}")
elif verb == "down":
    Ferry(store=f"gs://{bucket}/team").copy(f"gs://{bucket}/{name}", local)
elif verb == "pull":
    store = open_store(f"gs://{bucket}/team")
    pull(store, name, catalog.resolve(store, name), Path(local))
else:
    push(open_store(f"gs://{bucket}/team"), Path(local), name)
