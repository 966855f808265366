"""The stream `events.log`, in which every published event is kept in order, and its hash chain (R31, R32)."""
