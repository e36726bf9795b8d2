"""The only Kubernetes I/O: plain JSON objects over one bounded, retrying, error-translating request."""
