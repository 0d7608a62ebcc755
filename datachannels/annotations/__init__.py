"""Marks on the pictures of tracks: drawn, held for who comes later, gone with the track."""
