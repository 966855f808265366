"""What tests, demo and local system are played with: servers, peers of the outside world, media, actors."""
