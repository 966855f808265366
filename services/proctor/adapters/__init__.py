"""The outside world of proctor: picture files and their store, sealed seeds, the face worker's queue."""
