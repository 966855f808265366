"""The certificate as a document: drawn, signed, and checked by anyone (R30). No storage, no HTTP."""
