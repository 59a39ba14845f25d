"""How HTTP clients take the faults of the stand-in: what they resend by themselves, and what they tell their app."""
