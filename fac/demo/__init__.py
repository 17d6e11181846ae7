"""The demonstration incident: invented families told through the real verbs, and actors to look around as.

Never: serve a real incident, or write a row past the verbs.
"""

from fac.demo.loading import is_loaded, load
from fac.demo.session import actors

__all__ = ["actors", "is_loaded", "load"]
