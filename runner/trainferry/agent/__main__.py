"""`python -m trainferry.agent`: FERRY_AGENT holds the config, FERRY_ATTEMPT_ID the pod's uid, FERRY_NODE its node."""

import os

from trainferry.agent.config import AgentConfig
from trainferry.agent.life import Agent
from trainferry.store import open_store

TIMEOUT, PATIENCE = 60.0, 10.0  # seconds; we try again ourselves, and look up between tries


def main() -> None:
    """One sidecar, from its start to the end of its pod."""
    os.umask(0o002)  # the command may be another user of the same group
    config = AgentConfig.loads(os.environ["FERRY_AGENT"])
    store = open_store(config.store, timeout=TIMEOUT, patience=PATIENCE)
    agent = Agent(config, store, os.environ["FERRY_ATTEMPT_ID"], os.environ.get("FERRY_NODE", ""))
    try:
        agent.run()
    except Exception as error:
        agent.crashed(error)
        raise


if __name__ == "__main__":
    main()
