"""Raw material in: COCO snapshots, galleries of portraits, picture files."""
