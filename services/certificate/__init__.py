"""审核与证书 certificate: hours are audited, confirmed, reported, approved, and certified (R28–R30)."""
