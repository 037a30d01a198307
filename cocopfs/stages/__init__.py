"""The steps from COCO and a gallery to samples: records in, records and rejections out."""
