"""The reads: a selection becomes one scoped statement and one shaping function.

Never: open a seal, decide permission.
"""
