"""Pure rules and geometry of a face: arrays in, figures and verdicts out; no model, no store, no broker."""
