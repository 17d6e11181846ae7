"""Who may: policy, guard, and the same answer as SQL. Never: write, or decide without a reason."""
