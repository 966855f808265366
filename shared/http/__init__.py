"""HTTP: the FastAPI application of a service, who may ask, problem+json, limits."""
