"""The page of a run's predictions: how many are right, class by class, what is taken for what, and the pictures."""
