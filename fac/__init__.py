"""Case management for Family Assistance Centers: intake, referral, handoff and safe numbers after mass violence."""

__version__ = "0.1.0"
