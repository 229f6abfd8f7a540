"""The art that the built-in model learns from, drawn by code. Knows nothing of models or training."""
