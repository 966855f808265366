"""What every test of the project can ask for."""

pytest_plugins = ["deploy.local.fixtures"]
