import io
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow

from rainbench.errors import ImageError
from rainbench.image import (
    Picture,
    Pixels,
    pixel_sha256,
    read_pixels,
    read_size,
    to_image,
    write_png,
)


def noise(height: int, width: int, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def png_claiming(width: int, height: int, depth: int = 8, colour: int = 2) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[colour]
    rows = (b"\0" + bytes(width * channels * depth // 8)) * height if width < 100 else b""
    body = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + body


def refusal(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        read_pixels(path)
    message = str(caught.value)
    assert str(path) in message
    assert message.startswith("expected ")
    return message


@pytest.mark.parametrize("size", [(1, 1), (7, 5), (64, 48)])
def test_a_written_png_reads_back_to_the_bit(tmp_path: Path, size: tuple[int, int]) -> None:
    pixels = noise(*size)
    write_png(tmp_path / "a.png", pixels)
    again = read_pixels(tmp_path / "a.png")
    assert np.array_equal(again, pixels)
    assert again.flags.c_contiguous
    assert again.flags.writeable
    assert read_size(tmp_path / "a.png") == (size[1], size[0])
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_parts_are_the_pixels_of_the_whole(tmp_path: Path) -> None:
    pixels = noise(6, 10)
    path = tmp_path / "a.png"
    write_png(path, pixels)
    assert np.array_equal(Picture(path, (2, 1, 9, 4)).read(), pixels[1:4, 2:9])
    assert np.array_equal(Picture(path, "left").read(), pixels[:, :5])
    assert np.array_equal(Picture(path, "right").read(), pixels[:, 5:])


def test_halves_of_an_odd_width_are_equal_in_size(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_png(path, noise(3, 7))
    assert Picture(path, "left").read().shape == Picture(path, "right").read().shape == (3, 3, 3)


@pytest.mark.parametrize("box", [(0, 0, 11, 5), (-1, 0, 3, 3), (4, 0, 4, 3)])
def test_a_box_outside_is_refused(tmp_path: Path, box: tuple[int, int, int, int]) -> None:
    write_png(tmp_path / "a.png", noise(6, 10))
    with pytest.raises(ImageError, match="10x6"):
        read_pixels(tmp_path / "a.png", box)


def test_one_column_has_no_halves(tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", noise(1, 1))
    with pytest.raises(ImageError, match="part left"):
        read_pixels(tmp_path / "a.png", "left")


def cut_is_refused_or_harmless(path: Path, whole: bytes, keep: int) -> None:
    path.write_bytes(whole)
    pixels = read_pixels(path)
    path.write_bytes(whole[:keep])
    try:
        survived = read_pixels(path)
    except ImageError as error:
        assert str(path) in str(error)  # noqa: PT017  either outcome is right
    else:
        assert np.array_equal(survived, pixels)


@settings(max_examples=60, deadline=None)
@given(share=st.floats(0, 1), kind=st.sampled_from(["PNG", "JPEG"]))
def test_a_cut_file_never_gives_other_pixels(
    tmp_path_factory: pytest.TempPathFactory, share: float, kind: str
) -> None:
    buffer = io.BytesIO()
    Pillow.fromarray(noise(40, 56)).save(buffer, format=kind)
    whole = buffer.getvalue()
    folder = tmp_path_factory.mktemp("cut")
    path = folder / ("a.png" if kind == "PNG" else "a.jpg")
    cut_is_refused_or_harmless(path, whole, int(share * len(whole)))


@pytest.mark.parametrize("share", [0.2, 0.6, 0.97])
@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_a_truncated_picture_is_refused(tmp_path: Path, share: float, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Pillow.fromarray(noise(80, 120)).save(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    assert "whole picture" in refusal(path)


def test_a_flipped_byte_in_a_png_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    write_png(path, noise(40, 56))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)
    refusal(path)


@pytest.mark.parametrize(
    ("depth", "colour", "says"),
    [
        (16, 2, "16-bit RGB"),
        (16, 0, "16-bit grey"),
        (8, 0, "8-bit grey"),
        (8, 6, "8-bit RGBA"),
        (8, 4, "8-bit grey with alpha"),
        (8, 3, "8-bit palette"),
    ],
)
def test_other_pixel_kinds_are_named(tmp_path: Path, depth: int, colour: int, says: str) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_claiming(4, 4, depth, colour))
    assert f"{says} in " in refusal(path)


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_jpeg_that_is_not_rgb_is_named(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "a.jpg"
    Pillow.new(mode, (8, 8)).save(path)
    assert f"a {mode} picture" in refusal(path)


@pytest.mark.parametrize("size", [(60000, 60000), (2**31 - 1, 1), (9000, 9000)])
def test_an_absurd_header_allocates_nothing(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png_claiming(*size))
    assert f"{size[0]}x{size[1]}" in refusal(path)
    with pytest.raises(ImageError):
        read_size(path)


@pytest.mark.parametrize("side", [9000, 12000, 60000])
def test_an_absurd_jpeg_header_is_refused(tmp_path: Path, side: int) -> None:
    path = tmp_path / "a.jpg"
    Pillow.new("RGB", (8, 8)).save(path)
    data = path.read_bytes()
    frame = data.index(b"\xff\xc0") + 5  # SOF0: length (2), precision (1), then height and width
    path.write_bytes(data[:frame] + struct.pack(">HH", side, side) + data[frame + 4 :])
    assert "pixels" in refusal(path)


def test_a_web_page_saved_as_a_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("<!DOCTYPE html><html>Quota exceeded</html>", encoding="utf-8")
    assert "<!DOCTYPE" in refusal(path)


@pytest.mark.parametrize("name", ["a.png", "a.jpg"])
def test_an_empty_file_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"")
    assert "is empty" in refusal(path)


@pytest.mark.parametrize(("name", "kind"), [("a.png", "JPEG"), ("a.jpg", "PNG"), ("a.JPEG", "PNG")])
def test_a_file_that_lies_about_its_type_is_refused(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    Pillow.fromarray(noise(8, 8)).save(path, format=kind)
    assert f"holds {kind}" in refusal(path)


@pytest.mark.parametrize("name", ["a.bmp", "a.tif", "a", "a.png.part"])
def test_other_suffixes_are_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    Pillow.fromarray(noise(8, 8)).save(path, format="PNG")
    assert ".png, .jpg or .jpeg" in refusal(path)


def test_nothing_there_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "cannot be read" in refusal(tmp_path / "none.png")
    (tmp_path / "folder.png").mkdir()
    assert "cannot be read" in refusal(tmp_path / "folder.png")


def test_exif_rotation_is_not_applied(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    exif = Pillow.Exif()
    exif[0x0112] = 6  # orientation: turn by 90 degrees
    Pillow.fromarray(noise(8, 16)).save(path, exif=exif)
    assert read_pixels(path).shape == (8, 16, 3)


def test_digests_are_of_pixels_and_not_of_files(tmp_path: Path) -> None:
    pixels = noise(8, 8)
    Pillow.fromarray(pixels).save(tmp_path / "fast.png", compress_level=1)
    Pillow.fromarray(pixels).save(tmp_path / "small.png", compress_level=9, dpi=(72, 72))
    fast, small = tmp_path / "fast.png", tmp_path / "small.png"
    assert fast.read_bytes() != small.read_bytes()
    assert pixel_sha256(read_pixels(fast)) == pixel_sha256(read_pixels(small))
    assert pixel_sha256(pixels[:, ::-1]) == pixel_sha256(pixels[:, ::-1].copy())


def test_images_are_float32_in_the_unit_range() -> None:
    image = to_image(np.array([[[0, 51, 255]]], dtype=np.uint8))
    assert image.dtype == np.float32
    assert image.tolist() == [[[0.0, pytest.approx(0.2), 1.0]]]
