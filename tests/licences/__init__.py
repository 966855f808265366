"""The check of licences finds what it is for."""
