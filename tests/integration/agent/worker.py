"""A training that knows nothing of ferry. python 3.8."""

import argparse
import json
import os
import signal
import sys
import time
import zlib

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=3)
parser.add_argument("--pause", type=float, default=0.05)
parser.add_argument("--kilobytes", type=int, default=0, help="written at the very end")
parser.add_argument("--exit", type=int, default=0)
parser.add_argument("--first", type=int, default=0, help="exit code of attempt 1")
parser.add_argument("--save-on-term", type=int, help="exit code after SIGTERM")
args = parser.parse_args()
output = os.environ["FERRY_OUTPUT"]
state = os.path.join(output, "checkpoints", "last.json")
step = 0
if os.path.exists(state):
    with open(state) as file:
        step = json.load(file)["step"]
if args.save_on_term is not None:
    signal.signal(signal.SIGTERM, lambda *_: (print("saving"), sys.exit(args.save_on_term)))
print("attempt", os.environ["FERRY_ATTEMPT"], "starts at step", step)
while step < args.steps:
    time.sleep(args.pause)
    step += 1
    with open(os.path.join(output, "metrics.jsonl"), "a") as metrics:
        metrics.write(json.dumps({"step": step}) + "\n")
    with open(state + ".tmp", "w") as file:
        json.dump({"step": step}, file)
    os.replace(state + ".tmp", state)
    print("step", step)
data = os.urandom(1024) * args.kilobytes
if data:
    with open(os.path.join(output, "big.bin"), "wb") as file:
        file.write(data)
print(f"trained, crc32 {zlib.crc32(data):08x}")
sys.exit(args.first if args.first and os.environ["FERRY_ATTEMPT"] == "1" else args.exit)
