"""The outside world of learning: video files, and the bucket that keeps them."""
