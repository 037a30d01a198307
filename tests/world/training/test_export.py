"""What is exported computes as what was trained, and is a pack."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed: pip install 'cocopfs[train]'")

import onnxruntime as ort  # noqa: E402
from torch import nn  # noqa: E402

from cocopfs.faces.models import open_models  # noqa: E402
from cocopfs.faces.pack import open_pack  # noqa: E402
from cocopfs.faces.roles import NEEDED, Role  # noqa: E402
from cocopfs.world.training import nets  # noqa: E402
from cocopfs.world.training.export import Networks, write_pack  # noqa: E402


@pytest.fixture(scope="module")
def networks() -> Networks:
    torch.manual_seed(1)
    trunk = nets.Trunk()
    return Networks(
        detector=nets.Detector().eval(),
        recogniser=nets.Recogniser().eval(),
        gender=nets.Attribute(trunk, nn.Linear(nets.TRAITS, 2)).eval(),
        ethnicity=nets.Attribute(trunk, nn.Linear(nets.TRAITS, 6)).eval(),
        swapper=nets.Swapper().eval(),
        emap=np.random.default_rng(0).normal(size=(512, 512)).astype(np.float32),
    )


@pytest.fixture(scope="module")
def pack(networks: Networks, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pack")
    write_pack(folder, networks)
    return folder


def test_every_role_opens(pack: Path) -> None:
    models = open_models(open_pack(pack, (*NEEDED, Role.SWAPPER)), "cpu", 1, 320)
    assert models.recogniser.dimension == 512
    assert models.detector.detect(np.zeros((200, 300, 3), np.uint8), 0.9) == []
    assert models.attributes.predict([np.zeros((224, 224, 3), np.float32)] * 2, 2)[1].shape == (
        2,
        6,
    )
    assert models.inswapper.latent(np.ones(512, np.float32)).shape == (1, 512)


def test_the_swapper_computes_the_same(pack: Path, networks: Networks) -> None:
    rng = np.random.default_rng(0)
    target = rng.random((1, 3, 128, 128), np.float32)
    source = rng.normal(size=(1, 512)).astype(np.float32)
    source /= np.linalg.norm(source)
    session = ort.InferenceSession(str(pack / "swapper.onnx"), _quiet())
    (found,) = session.run(None, {"target": target, "source": source})
    with torch.no_grad():
        expected = networks.swapper(torch.from_numpy(target), torch.from_numpy(source)).numpy()
    np.testing.assert_allclose(found, expected, atol=3e-3)  # half precision of the weights


def test_the_recogniser_computes_the_same(pack: Path, networks: Networks) -> None:
    faces = np.random.default_rng(0).normal(size=(3, 3, 112, 112)).astype(np.float32)
    session = ort.InferenceSession(str(pack / "recogniser.onnx"), _quiet())
    (found,) = session.run(None, {"data": faces})
    with torch.no_grad():
        expected = networks.recogniser(torch.from_numpy(faces)).numpy()
    np.testing.assert_allclose(found, expected, atol=0.01 * np.abs(expected).max())


def test_the_same_networks_give_the_same_bytes(
    pack: Path, networks: Networks, tmp_path: Path
) -> None:
    write_pack(tmp_path, networks)
    for path in pack.iterdir():
        assert (tmp_path / path.name).read_bytes() == path.read_bytes()


def _quiet() -> ort.SessionOptions:
    options = ort.SessionOptions()
    options.log_severity_level = 3  # of an emap that no node reads
    return options
