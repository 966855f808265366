"""缴费 payment: the fee of each enrolment, the orders that pay it, what the pay channels say (R11–R14)."""
