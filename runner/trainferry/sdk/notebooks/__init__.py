"""`ferry notebook`: JupyterLab beside the data and the results of a run, in the cluster or on this machine."""
