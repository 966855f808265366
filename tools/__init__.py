"""Tools for those who operate and develop the system."""
