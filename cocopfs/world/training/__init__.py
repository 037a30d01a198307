"""Training of the drawn world's model pack: networks of the real ones' interfaces, only smaller.

Nobody who trains or tests here is in a world that `draw_world` draws: other names go into their
generators. Needs the extra `train`; run with `make world-pack`.
"""
