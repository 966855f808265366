module xueshi/bench-learning

go 1.19
