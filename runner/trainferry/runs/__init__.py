"""What a run leaves in the store, and what its ends mean."""
