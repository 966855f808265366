"""What payment does: charges fees, opens orders at the channels, settles what the channels say (R11–R13)."""
