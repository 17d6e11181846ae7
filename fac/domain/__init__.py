"""The pure rules: words, workflows, consent, identity. Never: await, read the clock, import a framework."""
