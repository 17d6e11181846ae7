"""Keys changed while everybody works: followed by running processes, rotated, destroyed.

Never: make a reader or a writer wait for longer than one small batch, or forget a key that something still needs.
"""
