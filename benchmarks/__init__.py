"""Repeatable measurements: what the read path and the intake cost beside hand-written floors and a known peer.

Never: part of the product, or run in CI: CI gates on statement counts and plans, not on seconds.
"""
