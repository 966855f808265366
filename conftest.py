"""What every test of the project can ask for."""

pytest_plugins = ["testkit.fixtures"]
