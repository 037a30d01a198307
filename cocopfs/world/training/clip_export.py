"""The trained CLIP as a folder of the pack, as transformers writes and reads one."""

from __future__ import annotations

import hashlib
import json
import shutil
import tempfile
from pathlib import Path

import torch
import yaml
from tokenizers import Tokenizer
from transformers import CLIPImageProcessorPil, CLIPModel

from cocopfs.engine.commit import commit_bytes
from cocopfs.faces.pack import CLIP, MANIFEST
from cocopfs.world.training.clip_material import SIDE
from cocopfs.world.training.clip_net import DEVIATION, MEAN
from cocopfs.world.training.clip_words import write_tokenizer
from cocopfs.world.training.export import LICENCE, SOURCE


def write_clip(pack: Path, net: CLIPModel, tokenizer: Tokenizer) -> None:
    """The files in the pack's folder `clip`, and their entries in `pack.yaml`, which comes last.

    Weights are stored in half precision; the configuration says that one computes in single.
    The pack's other files and entries are left as they are.
    """
    folder = pack / CLIP
    if folder.is_dir():
        shutil.rmtree(folder)
    entries = []
    for name, data in clip_files(net, tokenizer).items():
        commit_bytes(folder / name, data)
        entries.append(
            {
                "role": CLIP,
                "path": f"{CLIP}/{name}",
                "sha256": hashlib.sha256(data).hexdigest(),
                "size": len(data),
                "licence": LICENCE,
                "source": SOURCE,
            }
        )
    listing = yaml.safe_load((pack / MANIFEST).read_bytes())
    others = [entry for entry in listing["files"] if entry["role"] != CLIP]
    listing = yaml.safe_dump(
        {"name": listing["name"], "files": [*others, *entries]}, sort_keys=False, width=100
    )
    commit_bytes(pack / MANIFEST, listing.encode())


def clip_files(net: CLIPModel, tokenizer: Tokenizer) -> dict[str, bytes]:
    """Their content by name."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        state = {key: value.half() for key, value in net.state_dict().items()}
        net.save_pretrained(folder, state_dict=state)
        write_tokenizer(tokenizer, folder)
        processor = CLIPImageProcessorPil(
            size={"height": SIDE, "width": SIDE},
            do_center_crop=False,
            image_mean=[MEAN] * 3,
            image_std=[DEVIATION] * 3,
        )
        processor.save_pretrained(folder)
        files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    config = json.loads(files["config.json"])
    config["dtype"] = str(torch.float32).removeprefix("torch.")
    files["config.json"] = (json.dumps(config, indent=2, sort_keys=True) + "\n").encode()
    return files
