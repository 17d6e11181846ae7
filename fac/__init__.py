"""Case management for Family Assistance Centers: intake, referral, handoff and safe numbers after mass violence.

Never: import anything here; the bootstrap must start on a bare machine.
"""

__version__ = "0.1.0"
