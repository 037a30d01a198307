"""Taking a person or a photograph out of a finished dataset, and proving that nothing is left."""
