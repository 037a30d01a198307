"""Whether a dataset still is what its manifest says: every byte, every row, a sample made anew."""
