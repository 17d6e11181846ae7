"""What happened: the catalogue of events, the ledger, and its verification. Never: update, delete, or write late."""
