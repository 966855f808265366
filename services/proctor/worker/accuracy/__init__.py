"""The accuracy command (R20): `python -m services.proctor.worker.accuracy PAIRS.csv`."""
