"""A process opens each network once, when it is needed, and its threads share it."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from insightface.data import get_image

from cocopfs.errors import UsageError
from cocopfs.faces import models
from cocopfs.faces.detector import Detector
from cocopfs.faces.models import Models, open_models
from cocopfs.faces.pack import Pack, Role, open_pack
from tests.faces import graphs

BASIC = (Role.DETECTOR, Role.RECOGNISER, Role.GENDER, Role.ETHNICITY)


@pytest.fixture
def pack(real_small: Path) -> Pack:
    return open_pack(real_small, BASIC)


def test_the_same_arguments_give_the_same_networks(pack: Pack) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: open_models(pack, "cpu", 1, 640), range(32)))
    assert all(each is found[0] for each in found)
    assert open_models(pack, "cpu", 2, 640) is not found[0]


def test_each_network_is_opened_once_however_many_threads_ask(
    pack: Pack, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened = []

    def slow(*arguments: Any) -> Any:
        opened.append(arguments)
        time.sleep(0.05)
        return Detector(*arguments)

    monkeypatch.setattr(models, "Detector", slow)
    shared = Models(pack, "cpu", 1, 640)
    assert opened == []
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: shared.detector, range(16)))
    assert len(opened) == 1
    assert all(each is found[0] for each in found)


def test_all_networks_of_a_pack_work_together(pack: Pack) -> None:
    opened = Models(pack, "cpu", 1, 640)
    assert len(opened.detector.detect(get_image("t1"), 0.5)) == 6
    assert opened.recogniser.dimension == 128
    assert [found.shape for found in opened.attributes.predict([], 1)] == [(0, 2), (0, 6)]
    with pytest.raises(UsageError, match="opened without a swapper"):
        _ = opened.inswapper


def test_a_swapper_that_does_not_fit_the_recogniser_is_refused(tmp_path: Path) -> None:
    graphs.write_inswapper(tmp_path / "inswapper_128.onnx", seed=0)
    for dimension in (128, 512):
        path = tmp_path / f"models/a/rec{dimension}.onnx"
        graphs.write_recogniser(path, dimension, seed=0)
        opened = Models(open_pack(tmp_path, [Role.RECOGNISER, Role.SWAPPER]), "cpu", 1, 640)
        if dimension == 512:
            assert opened.inswapper is opened.inswapper
        else:
            with pytest.raises(UsageError, match="recogniser gives 128"):
                _ = opened.inswapper
        path.unlink()
