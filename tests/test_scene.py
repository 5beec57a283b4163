import pytest

from rainbench import bsd200_scene, bsd300_scene, number_as_text


def test_numbers_in_the_order_of_text() -> None:
    assert [number_as_text(place, 1800) for place in range(1, 6)] == [1, 10, 100, 1000, 1001]
    assert number_as_text(100, 1800) == 1088
    with pytest.raises(IndexError):
        number_as_text(0, 1800)


def test_six_rains_stand_over_each_of_300_photographs() -> None:
    scenes = [bsd300_scene(number) for number in range(1, 1801)]
    assert {scenes.count(scene) for scene in set(scenes)} == {6}
    assert bsd300_scene(301) == bsd300_scene(1) == "bsd300-0"
    assert bsd200_scene(1) == "bsd200-0"


def test_the_hundred_test_images_show_91_photographs_nine_twice() -> None:
    # The nine pairs that were found from pixels.
    twins = [(3, 4), (5, 14), (6, 25), (7, 36), (8, 47), (9, 58), (10, 69), (11, 80), (12, 91)]
    scenes = [bsd300_scene(number_as_text(place, 1800)) for place in range(1, 101)]
    found = [
        (i + 1, j + 1) for i in range(100) for j in range(i + 1, 100) if scenes[i] == scenes[j]
    ]
    assert found == twins
