"""The pack's networks, in torch. All take and give what the graphs take and give that insightface
and deepface read; how pictures get there is those libraries' business."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def _conv(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(channels, channels, 3, 1),
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
            nn.BatchNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.body(x))


# --- detector -------------------------------------------------------------------------------------

STRIDES = (8, 16, 32)
ANCHORS = 2


class Detector(nn.Module):
    """SCRFD's interface: (1, 3, h, w) RGB, (x - 127.5) / 128 -> for each stride scores, then boxes,
    then landmarks, one row per anchor; distances in strides, from the anchor's place."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Sequential(_conv(3, 16, 3, 2), _conv(16, 24, 3, 2), _Residual(24))
        self.down8 = nn.Sequential(_conv(24, 48, 3, 2), _Residual(48))
        self.down16 = nn.Sequential(_conv(48, 64, 3, 2), _Residual(64))
        self.down32 = nn.Sequential(_conv(64, 64, 3, 2), _Residual(64))
        self.across = nn.ModuleList([nn.Conv2d(channels, 48, 1) for channels in (48, 64, 64)])
        self.tower = nn.ModuleList([_conv(48, 48, 3, 1) for _ in STRIDES])
        self.heads = nn.ModuleList([nn.Conv2d(48, ANCHORS * 15, 1) for _ in STRIDES])
        for head in self.heads:
            nn.init.normal_(head.weight, 0, 0.01)
            nn.init.zeros_(head.bias)
            nn.init.constant_(head.bias[:ANCHORS], -4.0)

    def maps(self, x: Tensor) -> list[Tensor]:
        """For each stride (n, 30, h, w): scores (logits), boxes and landmarks of both anchors."""
        levels = []
        x = self.stem(x)
        for down in (self.down8, self.down16, self.down32):
            x = down(x)
            levels.append(x)
        found: list[Tensor] = []
        above: Tensor | None = None
        for level in (2, 1, 0):
            here = self.across[level](levels[level])
            if above is not None:
                here = here + F.interpolate(above, scale_factor=2.0, mode="nearest")
            above = here
            found.append(self.heads[level](self.tower[level](here)))
        return found[::-1]

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        parts: list[list[Tensor]] = [[], [], []]
        for found in self.maps(x):
            ends = (0, ANCHORS, 5 * ANCHORS, 15 * ANCHORS)
            for part, columns in enumerate((1, 4, 10)):
                values = found[:, ends[part] : ends[part + 1]].permute(0, 2, 3, 1)
                values = values.reshape(-1, columns)
                parts[part].append(torch.sigmoid(values) if part == 0 else values)
        return tuple(value for part in parts for value in part)


# --- recogniser -----------------------------------------------------------------------------------


class Recogniser(nn.Module):
    """ArcFace's interface: (n, 3, 112, 112) RGB, (x - 127.5) / 127.5 -> (n, 512)."""

    def __init__(self) -> None:
        super().__init__()
        self.early = nn.Sequential(_conv(3, 32, 3, 2), _conv(32, 48, 3, 2), _Residual(48))
        self.middle = nn.Sequential(_conv(48, 96, 3, 2), _Residual(96))
        self.late = nn.Sequential(_conv(96, 128, 3, 2), _Residual(128))
        self.end = nn.Sequential(
            nn.Conv2d(128, 256, 1, bias=False),
            nn.BatchNorm2d(256),
            nn.ReLU(),
            nn.Conv2d(256, 256, 7, groups=256, bias=False),
            nn.BatchNorm2d(256),
            nn.Flatten(),
            nn.Linear(256, 512, bias=False),
            nn.BatchNorm1d(512),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.end(self.late(self.middle(self.early(x))))


# --- attributes -----------------------------------------------------------------------------------


TRAITS = 144


class Trunk(nn.Module):
    """What gender and ethnicity are read from: (n, 3, 112, 112) BGR in [0, 1] -> (n, TRAITS)."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            _conv(3, 24, 3, 2),
            _conv(24, 32, 3, 2),
            _Residual(32),
            _conv(32, 48, 3, 2),
            _Residual(48),
            _conv(48, 72, 3, 2),
            nn.Conv2d(72, TRAITS, 1, bias=False),
            nn.BatchNorm2d(TRAITS),
            nn.ReLU(),
            nn.Conv2d(TRAITS, TRAITS, 7, groups=TRAITS, bias=False),
            nn.BatchNorm2d(TRAITS),
            nn.Flatten(),
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.body(x * 4 - 2)


class Attribute(nn.Module):
    """DeepFace's interface: (n, 224, 224, 3) BGR in [0, 1] -> (n, classes) probabilities."""

    def __init__(self, trunk: Trunk, head: nn.Linear) -> None:
        super().__init__()
        self.trunk, self.head = trunk, head

    def forward(self, x: Tensor) -> Tensor:
        small = F.avg_pool2d(x.permute(0, 3, 1, 2), 2)
        return F.softmax(self.head(self.trunk(small)), 1)


# --- swapper --------------------------------------------------------------------------------------


class _Styled(nn.Module):
    """Two convolutions, each followed by a scale and a shift that are the identity's (FiLM, Perez
    et al. 2018), around a skip connection. Without normalisation the target's light stays."""

    def __init__(self, channels: int, code: int) -> None:
        super().__init__()
        self.convs = nn.ModuleList([nn.Conv2d(channels, channels, 3, 1, 1) for _ in range(2)])
        self.scales = nn.ModuleList([nn.Linear(code, channels) for _ in range(2)])
        self.shifts = nn.ModuleList([nn.Linear(code, channels) for _ in range(2)])
        for style in (*self.scales, *self.shifts):
            nn.init.normal_(style.weight, 0, 0.05)
            nn.init.zeros_(style.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        h = x
        for number in range(2):
            scale, shift = self.scales[number](code), self.shifts[number](code)
            h = torch.addcmul(
                shift[..., None, None], self.convs[number](h), 1 + scale[..., None, None]
            )
            h = F.relu(h) if number == 0 else h
        return x + h


class Swapper(nn.Module):
    """inswapper_128's interface: `target` (1, 3, 128, 128) RGB in [0, 1] and `source` (1, 512) of
    unit length -> (1, 3, 128, 128).

    A U-net over the target. The identity enters as a small map in the aligned face's own grid, so
    that features know their place, and as the styles of the residual blocks.
    """

    def __init__(self, fine: int = 48, middle: int = 64, coarse: int = 96, code: int = 128) -> None:
        super().__init__()
        self.down64 = nn.Conv2d(3, fine, 4, 2, 1)
        self.down32 = nn.Conv2d(fine, middle, 3, 2, 1)
        self.down16 = nn.Conv2d(middle, coarse, 3, 2, 1)
        self.code = nn.Sequential(
            nn.Linear(512, 160), nn.LeakyReLU(0.1), nn.Linear(160, code), nn.LeakyReLU(0.1)
        )
        self.map8 = nn.Linear(code, 10 * 8 * 8)
        self.map16 = nn.Conv2d(10, 32, 3, 1, 1)
        self.map32 = nn.Conv2d(32, 24, 3, 1, 1)
        self.mix16 = nn.Conv2d(coarse + 32, coarse, 3, 1, 1)
        self.blocks16 = nn.ModuleList([_Styled(coarse, code) for _ in range(2)])
        self.up32 = nn.Conv2d(coarse, middle, 1)
        self.mix32 = nn.Conv2d(2 * middle + 24, middle, 1)
        self.blocks32 = nn.ModuleList([_Styled(middle, code) for _ in range(2)])
        self.up64 = nn.Conv2d(middle, fine, 1)
        self.mix64 = nn.Conv2d(2 * fine, fine, 1)
        self.block64 = _Styled(fine, code)
        self.out = nn.Conv2d(fine, 12, 3, 1, 1)
        nn.init.normal_(self.out.weight, 0, 0.01)
        nn.init.zeros_(self.out.bias)

    def forward(self, target: Tensor, source: Tensor) -> Tensor:
        code = self.code(source * 16)
        map8 = F.leaky_relu(self.map8(code).reshape(-1, 10, 8, 8), 0.1)
        map16 = F.leaky_relu(self.map16(_double(map8)), 0.1)
        map32 = F.leaky_relu(self.map32(_double(map16)), 0.1)
        at64 = F.leaky_relu(self.down64(target * 2 - 1), 0.1)
        at32 = F.leaky_relu(self.down32(at64), 0.1)
        h = F.leaky_relu(self.down16(at32), 0.1)
        h = F.leaky_relu(self.mix16(torch.cat([h, map16], 1)), 0.1)
        for block in self.blocks16:
            h = block(h, code)
        h = torch.cat([_double(self.up32(h)), at32, map32], 1)
        h = F.leaky_relu(self.mix32(h), 0.1)
        for block in self.blocks32:
            h = block(h, code)
        h = torch.cat([_double(self.up64(h)), at64], 1)
        h = self.block64(F.leaky_relu(self.mix64(h), 0.1), code)
        return target + F.pixel_shuffle(self.out(F.leaky_relu(h, 0.1)), 2)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)
