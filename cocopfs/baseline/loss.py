"""What is minimised: the symmetric InfoNCE of a batch."""

from __future__ import annotations

from torch import Tensor


def info_nce(texts: Tensor, images: Tensor, scale: Tensor, right: Tensor) -> Tensor:
    """The mean of text-to-image and image-to-text cross-entropy, a scalar.

    texts, images: (b, d) of unit length. right: (b, b) bool, symmetric: which image (column) is
    right for which text (row). Of several right ones each gets an equal share of the target
    (Khosla et al. 2020, L_out); of one it is CLIP's loss.
    """
    logits = scale * (texts.float() @ images.float().T)
    shares = right.float()
    to_image = -(shares * logits.log_softmax(dim=1)).sum(dim=1) / shares.sum(dim=1)
    to_text = -(shares * logits.log_softmax(dim=0)).sum(dim=0) / shares.sum(dim=0)
    return (to_image.mean() + to_text.mean()) / 2
