"""Where recipes, templates and cards lie: inside the wheel, or beside the package in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent
_INSTALLED = _PACKAGE / "data"
_ROOT = _INSTALLED if _INSTALLED.is_dir() else _PACKAGE.parent

PIPELINES = _ROOT / "pipelines"
TEMPLATES = _ROOT / "templates"
DATA_CARDS = _ROOT / "data_cards"
