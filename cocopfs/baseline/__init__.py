"""Id-CLIP and simpler baselines as the proof that a dataset is sound."""
