"""Where scenes are set: backgrounds with the words that annotators have for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from cocopfs.world import indoors, outdoors
from cocopfs.world.canvas import Canvas
from cocopfs.world.outdoors import Ground


@dataclass(frozen=True)
class Place:
    draw: Callable[[Canvas, np.random.Generator], Ground]
    phrases: tuple[str, ...]  # where somebody is
    noun: str  # what the picture shows without anybody
    low: bool = False  # things stand lower than in life: water


PLACES: Mapping[str, Place] = {
    "park": Place(
        outdoors.park,
        (
            "in a park",
            "in the park",
            "on the grass",
            "outside",
            "on a lush green field",
            "in a grassy field",
            "on a sunny day",
            "near some trees",
        ),
        "a green park with trees",
    ),
    "field": Place(
        outdoors.field,
        ("on a field", "on a baseball field", "during a game", "at a baseball game", "on the dirt"),
        "an empty baseball field",
    ),
    "court": Place(
        outdoors.court,
        ("on a tennis court", "on a court", "on the court", "during a match"),
        "an empty tennis court",
    ),
    "beach": Place(
        outdoors.beach,
        (
            "on the beach",
            "at the beach",
            "on a sandy beach",
            "near the ocean",
            "by the water",
            "on the sand",
        ),
        "a sandy beach next to the ocean",
    ),
    "sea": Place(
        outdoors.sea,
        ("in the ocean", "in the sea", "in the water", "at the beach"),
        "waves in the ocean",
        low=True,
    ),
    "lake": Place(
        outdoors.lake,
        ("on a lake", "on the water", "on a calm lake", "near some hills"),
        "a calm lake surrounded by trees",
        low=True,
    ),
    "snow": Place(
        outdoors.snow,
        (
            "in the snow",
            "on a snowy slope",
            "on a mountain",
            "down a hill",
            "on a snow covered hill",
            "in front of the mountains",
        ),
        "a snow covered mountain with trees",
    ),
    "street": Place(
        outdoors.street,
        (
            "on a city street",
            "on the street",
            "in the city",
            "on the side of the road",
            "in front of some buildings",
            "downtown",
        ),
        "an empty city street with buildings",
    ),
    "road": Place(
        outdoors.road,
        ("on a road", "down the road", "on a country road", "on the side of a highway"),
        "an empty country road",
    ),
    "savannah": Place(
        outdoors.savannah,
        ("on a dry field", "in the savannah", "outdoors", "in the wild"),
        "a dry grassy plain with a few trees",
    ),
    "zoo": Place(
        outdoors.zoo,
        ("at the zoo", "at a farm", "in front of a fence", "near a wooden fence"),
        "a wooden fence in a grassy field",
    ),
    "living room": Place(
        indoors.living_room,
        ("in a living room", "in the living room", "at home", "in a room", "inside a house"),
        "a living room with pictures on the wall",
    ),
    "bedroom": Place(
        indoors.bedroom,
        ("in a bedroom", "in a room", "at home", "in the bedroom"),
        "a bedroom with a window",
    ),
    "kitchen": Place(
        indoors.kitchen,
        ("in a kitchen", "in the kitchen", "inside of a kitchen", "at home"),
        "a clean kitchen with cabinets",
    ),
    "bathroom": Place(
        indoors.bathroom,
        ("in a bathroom", "in the bathroom", "in front of a mirror"),
        "a bathroom with a mirror",
    ),
    "office": Place(
        indoors.office,
        ("in an office", "at work", "in a room with a bookshelf", "in the office"),
        "an office with a bookshelf",
    ),
    "restaurant": Place(
        indoors.restaurant,
        ("in a restaurant", "at a restaurant", "at a table", "in a dimly lit bar"),
        "an empty restaurant",
    ),
    "station": Place(
        indoors.station,
        ("at a train station", "on a platform", "in a subway station", "at the station"),
        "an empty train station",
    ),
    "airport": Place(
        indoors.airport,
        ("at an airport", "in an airport", "in a terminal", "by the window at the airport"),
        "an airport terminal with large windows",
    ),
}
