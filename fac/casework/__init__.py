"""The verbs: one request, one actor, one transaction. Never: commit, use the network, know GraphQL."""
