"""Row-level security, the second wall: what PostgreSQL itself refuses when a statement of ours forgets to.

Never: take the place of the scope (fac.access.scope); it lets through at least what the scope shows, and never another
incident's.
"""
