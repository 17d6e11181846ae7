"""Tables and their named queries. Never: commit, decide permission, lazy-load."""
