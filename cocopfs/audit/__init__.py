"""The whole dataset's figures and sheets, for people."""
