"""What enrollment does: publishes plans, takes declarations, decides them, follows the study (R1–R10)."""
