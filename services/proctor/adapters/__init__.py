"""The outside world of proctor: picture files, the face worker's queue."""
