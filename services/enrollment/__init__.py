"""报名 enrollment: training plans, declarations, and a learner's way from draft to certified (R1–R10)."""
