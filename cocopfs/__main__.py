"""`python -m cocopfs` is `cocopfs`."""

from cocopfs.cli import main

main()
