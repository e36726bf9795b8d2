"""All the benchmarks, one after the other, with the time that each took: `make bench`.

They print ratios; nothing here is asserted. Each runs alone with `python -m tests.bench.NAME --help`.
"""

import time

from tests.bench import files, folders, gateway, get_runs, slow, start_up, trainer

for bench in (start_up, get_runs, folders, files, slow, gateway, trainer):
    print(f"== {bench.__name__.rpartition('.')[2]}", flush=True)
    began = time.perf_counter()
    bench.main([])
    print(f"   {time.perf_counter() - began:.0f} s", flush=True)
