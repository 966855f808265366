"""`make bench-learning`: durable reports a second, and ten thousand learners at their own pace."""
