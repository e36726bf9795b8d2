"""How a share is opened: by `ferry serve`, a bucket's signed links, a gateway."""
