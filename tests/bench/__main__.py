"""All the benchmarks, one after the other: `make bench`. They print ratios; nothing here is asserted."""

from tests.bench import get_runs, push, start_up

for bench in (start_up, get_runs, push):
    print(f"== {bench.__name__.rpartition('.')[2]}")
    bench.main()
