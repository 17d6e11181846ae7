"""The GraphQL edge. Never: query except through reading, or decide by role."""
