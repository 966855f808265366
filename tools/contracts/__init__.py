"""契约 contracts: what the event classes promise to their readers, written down, released and compared.

`python -m tools.contracts` writes docs/events.md and docs/asyncapi.yaml; `--release` freezes what is new.
"""
