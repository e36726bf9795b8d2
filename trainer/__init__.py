"""The reference trainer: image classification on one machine or several, resumable to the bit.

Run by path, never installed: `python -m trainer --data DIR --output DIR` in the folder that holds `trainer/`.
It knows nothing of what starts it; FERRY_DATA, FERRY_OUTPUT, FERRY_CLASS_WEIGHTS and FERRY_CLASS_WEIGHTS_MODE are only
the defaults of flags. Flags may stand in a file too: --config FILE.toml, or another run's config.json.

Several processes train one model where RANK, WORLD_SIZE, LOCAL_RANK, MASTER_ADDR and MASTER_PORT say so: each batch is
shared, in the order of one process; the first writes; one that is asked to stop stops all (exit code 75).

Read `__main__.py` first. What a run leaves in its output folder:

    config.json                    the flags, as they were understood
    metrics.jsonl                  a line an evaluation: step, epoch, loss, accuracy, lr, seconds, recall by class
    events.out.tfevents.*          the same for TensorBoard, and training loss, confusion matrices, the surest mistakes
    checkpoints/last.pt, .json     everything that resumes; rewritten every --save-every steps, the digests last
    checkpoints/step-300.pt, .json the last one before; --keep says how many there are
    checkpoints/best.pt, .json     the same at the best validation accuracy
    checkpoints/best.safetensors   its weights alone
    predictions.csv, .png          id, label, prediction, image, then one probability column a class; the test images
    predictions-validation.csv, .png   the same of the images that chose the best weights
    results.json                   test accuracy, recall by class, the worst class

Exit codes: 0 trained, 64 bad flags, 65 bad data or an output that does not fit, 66 no data, 74 the disk takes no more,
75 saved, start me again.
"""
