"""One learner's journey over HTTP, through the same public API as anyone's: `make demo`."""
