"""The paper whose dataset this is, as BibTeX."""

from __future__ import annotations

from typing import Final

PAPER: Final = """\
@inproceedings{messina2025identity,
  title     = {Towards Identity-Aware Cross-Modal Retrieval: a Dataset and a Baseline},
  author    = {Messina, Nicola and Vadicamo, Lucia and Maltese, Leo and Gennaro, Claudio},
  booktitle = {European Conference on Information Retrieval},
  year      = {2025},
  eprint    = {2412.21009},
  archivePrefix = {arXiv}
}"""
