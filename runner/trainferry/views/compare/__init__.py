"""The page that compares runs: a verdict, the change of each class, and the images that they answer differently."""
