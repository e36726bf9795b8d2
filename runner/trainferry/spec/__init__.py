"""From what was typed to one frozen RunSpec."""
