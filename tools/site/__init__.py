"""The documents as a site: what MkDocs calls while it builds, and a look at what came out."""
