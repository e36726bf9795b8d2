"""What `ferry cp` copies from and to: this machine, runs, datasets, stores."""
