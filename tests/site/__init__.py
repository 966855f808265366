"""What is built from the documents: the site, and the README's example."""
