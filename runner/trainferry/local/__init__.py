"""The laptop engine: the agent, launcher and wrapper of a pod as supervised processes of this machine.

GPUs are not handed out (the command sees what CUDA_VISIBLE_DEVICES shows it) and cpu and memory limits are not
enforced: the kernel would need root for that. Everything else, from exit codes to the layout of the store, is what a
cluster does.
"""
