from dataclasses import replace

import numpy as np
import pytest

from rainbench.streaks.rain import DEFAULT_STYLE, RAIN_STYLES, add_streaks, render_streaks
from rainbench.training.patches import generator


@pytest.mark.parametrize("name", RAIN_STYLES)
def test_a_layer_is_light_and_depends_on_its_generator_alone(name: str) -> None:
    layer = render_streaks(61, 83, RAIN_STYLES[name], generator(3, 4))
    assert layer.shape == (61, 83)
    assert layer.dtype == np.float32
    assert layer.min() >= 0
    np.testing.assert_array_equal(layer, render_streaks(61, 83, RAIN_STYLES[name], generator(3, 4)))
    assert (layer != render_streaks(61, 83, RAIN_STYLES[name], generator(3, 5))).any()


def test_the_default_is_a_style() -> None:
    assert DEFAULT_STYLE in RAIN_STYLES


def test_rain100l_has_the_figures_it_was_fitted_to() -> None:
    style = RAIN_STYLES["rain100l"]
    levels = np.stack(
        [np.rint(255 * render_streaks(160, 240, style, generator(0, i))) for i in range(120)]
    )
    touched = levels[levels > 0]
    # Rain100L: 35% of pixels touched, 18% by more than 8 levels, median 9, mean level 5.7.
    assert 0.25 < (levels > 0).mean() < 0.5
    assert 0.12 < (levels > 8).mean() < 0.28
    assert 5 < np.median(touched) < 14
    assert 3 < np.minimum(levels, 255).mean() < 12


def test_streaks_lean_one_way_within_the_style() -> None:
    # Wide streaks: a gradient cannot tell the direction of what is one pixel wide.
    style = replace(RAIN_STYLES["rain100l"], width=(2.0, 3.0), length=(40.0, 60.0))
    for i in range(6):
        draw = generator(1, i)
        angle = generator(1, i).uniform(*style.angle)  # the first number drawn
        layer = render_streaks(128, 128, style, draw).astype(np.float64)
        gy, gx = np.gradient(layer)
        # The structure tensor's small axis runs along the streaks.
        tensor = [[(gx * gx).sum(), (gx * gy).sum()], [(gx * gy).sum(), (gy * gy).sum()]]
        along = np.linalg.eigh(np.array(tensor))[1][:, 0]
        measured = np.degrees(np.arctan2(along[0], along[1]))
        difference = (measured + angle + 90) % 180 - 90
        assert abs(difference) < 3


def test_rain_only_adds_light_and_stops_at_white() -> None:
    clean = np.full((5, 7, 3), 250, np.uint8)
    streaks = np.zeros((5, 7), np.float32)
    streaks[2, 3] = 0.01
    streaks[4, 6] = 0.5
    rainy = add_streaks(clean, streaks)
    assert (rainy[2, 3] == 253).all()
    assert (rainy[4, 6] == 255).all()
    assert (np.delete(rainy.reshape(-1, 3), [17, 34], axis=0) == 250).all()
