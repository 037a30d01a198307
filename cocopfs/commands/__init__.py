"""The commands, a module for each subject: wiring only. `cocopfs.cli` registers them."""
