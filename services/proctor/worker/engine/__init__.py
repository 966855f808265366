"""From encoded pictures to results, in batches; the models behind it are passed in."""
