"""Pages for people, made of values: no store, no network, one HTML file each."""
