"""Later: what is done after the request, by the system's own hat. Never: run as nobody, or hold more than ids."""
