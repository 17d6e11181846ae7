"""Sealing: keys, envelopes, the blind index, the audit mac, wrap-only columns. Never: decide who may open."""
