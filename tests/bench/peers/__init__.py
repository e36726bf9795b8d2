"""What users have without us: each peer as its own users would write it, in its best setting on two cores."""
