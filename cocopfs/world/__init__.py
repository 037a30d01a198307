"""The drawn world: drawn people, scenes and the truth about them, for trials and for tests."""
