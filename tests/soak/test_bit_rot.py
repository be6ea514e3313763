"""Two hundred bits flip in data, rejects and originals: none is answered, each is named by the scrubber."""

import os

from rot import flips
from sluice import Sluice

FLIPS = int(os.environ.get("SOAK_FLIPS", 200))


def test_no_flip_is_answered_and_each_is_named(tmp_path, figure):
    sluice = Sluice(tmp_path / "rot")
    try:
        wrong, unnamed, refused = flips(sluice, FLIPS, seed=int(os.environ.get("SOAK_SEED", 19)))
    finally:
        sluice.close()
    figure(f"bit rot: {FLIPS} flips, {len(wrong)} wrong answers, {refused} refused, "
           f"{FLIPS - len(unnamed)} named by the scrubber")
    assert wrong == [] and unnamed == [] and refused == FLIPS
