"""`sfumato agent`: carries out on the sharer's computer what who controls the screen does."""
