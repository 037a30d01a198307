"""A dataset in other people's formats. Each module writes one of them; `export` does the rest."""
