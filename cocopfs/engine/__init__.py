"""Runs stages over shards, loses nothing, and knows no stage."""
