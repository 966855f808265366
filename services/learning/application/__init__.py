"""What people and other services make learning do: the use cases between its edges and its rules."""
