"""The documents say what is so: rules, terms, links, the example in the README."""
