"""Whiteboards: elements whose properties are each what the last writer made them."""
