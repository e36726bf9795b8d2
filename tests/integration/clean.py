"""Processes that begin clean: forked by one server, which has no threads and has loaded what they need.

multiprocessing has one such server for all; who starts it first decides what it has loaded.
"""

import multiprocessing

CLEAN = multiprocessing.get_context("forkserver")
CLEAN.set_forkserver_preload(
    [
        "tests.integration.faults.crew",
        "tests.integration.trainer.killing",
        "trainer.__main__",
        "torch._dynamo",
    ]
)
