"""Photographs keep what their files hold, at full precision, or are refused in a sentence."""

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageCms

from rainbench.errors import ImageError
from rainbench.restorers.photograph import (
    ORIENTATION,
    UPRIGHT,
    Photograph,
    Samples,
    read_photograph,
)
from rainbench.restorers.photograph_file import check_output, write_photograph

ALL = (slice(None), slice(None))
PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
MAKE = 0x010F


def noise(channels: int, bits: int = 8, height: int = 7, width: int = 11) -> Samples:
    draw = np.random.default_rng(channels)
    kind = np.uint8 if bits == 8 else np.uint16
    samples: Samples = draw.integers(0, 2**bits, (height, width, channels), dtype=kind)  # type: ignore[assignment]
    return samples


def again(photograph: Photograph, path: Path) -> Photograph:
    write_photograph(photograph, path)
    assert [each.name for each in path.parent.iterdir()] == [path.name]
    return read_photograph(path)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_every_sample_survives(tmp_path: Path, channels: int, bits: int, suffix: str) -> None:
    samples = noise(channels, bits)
    found = again(Photograph(samples=samples, icc=PROFILE), tmp_path / f"a{suffix}")
    assert found.samples.dtype == samples.dtype
    wide = channels == 2 and bits == 16
    np.testing.assert_array_equal(found.samples, samples[..., [0, 0, 0, 1]] if wide else samples)
    assert found.icc == PROFILE


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_an_image_stored_again_is_the_photograph(channels: int, bits: int) -> None:
    photograph = Photograph(samples=noise(channels, bits))
    image = photograph.image(ALL)
    assert image.shape == (7, 11, 3)
    assert image.dtype == np.float32
    assert image.max() <= 1
    twin = photograph.twin()
    twin.samples[...] = 7
    twin.store(image, ALL)
    colours = photograph.colours
    np.testing.assert_array_equal(twin.samples[..., :colours], photograph.samples[..., :colours])
    assert (twin.samples[..., colours:] == 7).all()
    twin.store(image + 9, ALL)
    assert (twin.samples[..., :colours] == photograph.levels).all()


def test_16_bit_are_read_to_the_last_bit_where_pillow_would_not(tmp_path: Path) -> None:
    samples = noise(3, 16)
    cv2.imwrite(str(tmp_path / "a.png"), samples[..., ::-1])
    np.testing.assert_array_equal(read_photograph(tmp_path / "a.png").samples, samples)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_comes_upright_and_says_so(tmp_path: Path, orientation: int) -> None:
    upright = noise(3)
    transposed, flips = UPRIGHT.get(orientation, (False, ()))
    stored = np.flip(upright, flips)  # flips undo themselves
    stored = stored.transpose(1, 0, 2) if transposed else stored
    exif = Pillow.Exif()
    exif[ORIENTATION], exif[MAKE] = orientation, "Camera"
    path = tmp_path / "a.png"
    Pillow.fromarray(np.ascontiguousarray(stored)).save(path, exif=exif)
    photograph = read_photograph(path)
    np.testing.assert_array_equal(photograph.samples, upright)
    for name in ("b.png", "b.jpg"):
        write_photograph(photograph, tmp_path / name)
        with Pillow.open(tmp_path / name) as file:
            assert file.getexif()[MAKE] == "Camera"
            assert ORIENTATION not in file.getexif()
            assert file.size == (11, 7)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_tiff_of_16_bit_comes_upright(tmp_path: Path, orientation: int) -> None:
    upright = noise(3, 16)
    transposed, flips = UPRIGHT.get(orientation, (False, ()))
    stored: Any = np.flip(upright, flips)
    stored = np.ascontiguousarray(stored.transpose(1, 0, 2) if transposed else stored)
    tags = [(ORIENTATION, "H", 1, orientation, True)]
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", extratags=tags)
    np.testing.assert_array_equal(read_photograph(tmp_path / "a.tif").samples, upright)


def test_a_tiff_whose_white_is_0_is_no_negative(tmp_path: Path) -> None:
    samples = noise(1, 16)
    tifffile.imwrite(tmp_path / "a.tif", 65535 - samples[..., 0], photometric="miniswhite")
    np.testing.assert_array_equal(read_photograph(tmp_path / "a.tif").samples, samples)


@pytest.mark.parametrize(
    ("kind", "channels", "says"),
    [
        (np.float16, 1, "header is damaged or of a kind that is not read here"),
        (np.float32, 1, "samples are floating-point or signed numbers; convert it to 16 bit"),
        (np.float32, 3, "header is damaged or of a kind that is not read here"),
        (np.int16, 1, "samples are floating-point or signed numbers; convert it to 16 bit"),
        (np.int8, 1, "samples are floating-point or signed numbers; convert it to 16 bit"),
    ],
)
def test_a_tiff_of_other_numbers_is_refused(
    tmp_path: Path, kind: type, channels: int, says: str
) -> None:
    samples: NDArray[Any] = np.ones((4, 5, channels), kind)
    kind_of_picture = "minisblack" if channels == 1 else "rgb"
    samples = samples[..., 0] if channels == 1 else samples
    tifffile.imwrite(tmp_path / "a.tif", samples, photometric=kind_of_picture)
    with pytest.raises(ImageError, match=says):
        read_photograph(tmp_path / "a.tif")


def test_colours_multiplied_by_transparency_are_divided_again(tmp_path: Path) -> None:
    plain = noise(4, 16)
    plain[..., 3] = np.maximum(plain[..., 3], 20000)
    share = plain[..., 3:] / 65535
    multiplied = np.concatenate([np.rint(plain[..., :3] * share), plain[..., 3:]], axis=2)
    tifffile.imwrite(
        tmp_path / "a.tif", multiplied.astype(np.uint16), photometric="rgb",
        extrasamples=["assocalpha"],
    )  # fmt: skip
    found = read_photograph(tmp_path / "a.tif").samples.astype(int)
    assert np.abs(found - plain).max() <= 2  # a level of the product is as much as 3.3 of these
    np.testing.assert_array_equal(found[..., 3], plain[..., 3])


@pytest.mark.parametrize("channels", [1, 3])
def test_a_clear_colour_of_16_bit_becomes_transparency(tmp_path: Path, channels: int) -> None:
    samples = noise(channels, 16)
    key = samples[2, 3].tolist()
    write_photograph(Photograph(samples=samples), tmp_path / "a.png")
    content = (tmp_path / "a.png").read_bytes()
    body = b"tRNS" + struct.pack(f">{channels}H", *key)
    chunk = struct.pack(">I", len(body) - 4) + body + struct.pack(">I", zlib.crc32(body))
    (tmp_path / "a.png").write_bytes(content[:33] + chunk + content[33:])
    found = read_photograph(tmp_path / "a.png")
    assert found.has_alpha
    np.testing.assert_array_equal(found.samples[..., :-1], samples)
    clear = found.samples[..., -1] == 0
    assert clear.sum() == 1
    assert clear[2, 3]


@pytest.mark.parametrize(
    ("suffix", "bits"), [(".png", 8), (".png", 16), (".jpg", 8), (".tif", 8), (".tif", 16)]
)
def test_pixels_an_inch_are_kept(tmp_path: Path, suffix: str, bits: int) -> None:
    found = again(Photograph(samples=noise(3, bits), dpi=(300, 150)), tmp_path / f"a{suffix}")
    assert found.dpi == pytest.approx((300, 150), abs=0.1)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".tif"])
def test_no_resolution_is_made_up(tmp_path: Path, suffix: str) -> None:
    assert again(Photograph(samples=noise(3)), tmp_path / f"a{suffix}").dpi is None


def test_a_resolution_that_no_file_can_state_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    for dpi in (4e8, 0.5):
        tifffile.imwrite(
            tmp_path / "in" / "a.tif", noise(3, 16), photometric="rgb",
            resolution=(dpi, dpi), resolutionunit="INCH",
        )  # fmt: skip
        photograph = read_photograph(tmp_path / "in" / "a.tif")
        assert photograph.dpi is None
        write_photograph(photograph, tmp_path / "a.png")


def test_a_file_called_part_stays(tmp_path: Path) -> None:
    (tmp_path / "a.png.part").write_bytes(b"mine")
    write_photograph(Photograph(samples=noise(3)), tmp_path / "a.png")
    assert (tmp_path / "a.png.part").read_bytes() == b"mine"
    assert len([*tmp_path.iterdir()]) == 2


def test_turning_agrees_with_pillow(tmp_path: Path) -> None:
    from PIL import ImageOps

    for orientation in range(1, 9):
        exif = Pillow.Exif()
        exif[ORIENTATION] = orientation
        path = tmp_path / f"{orientation}.png"
        Pillow.fromarray(noise(3)).save(path, exif=exif)
        with Pillow.open(path) as file:
            turned = np.asarray(ImageOps.exif_transpose(file))
        np.testing.assert_array_equal(read_photograph(path).samples, turned)


def test_exif_and_profile_of_16_bit_png_are_kept(tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[MAKE] = "Camera"
    photograph = Photograph(samples=noise(3, 16), icc=PROFILE, exif=exif.tobytes())
    found = again(photograph, tmp_path / "a.png")
    assert found.icc == PROFILE
    with Pillow.open(tmp_path / "a.png") as file:
        assert file.getexif()[MAKE] == "Camera"
        file.verify()
    grey = Photograph(samples=noise(2, 16))
    assert write_photograph(grey, tmp_path / "b.png") == (
        "grey with transparency is written as RGBA",
    )
    assert write_photograph(photograph, tmp_path / "a.tif") == (
        "EXIF data are not written into 16-bit TIFF",
    )


def test_a_jpeg_keeps_how_it_holds_colours(tmp_path: Path) -> None:
    from PIL import JpegImagePlugin

    for sampling in (0, 1, 2):
        path = tmp_path / f"{sampling}.jpg"
        Pillow.fromarray(noise(3, height=32, width=32)).save(path, subsampling=sampling)
        write_photograph(read_photograph(path), tmp_path / "out.jpg")
        with Pillow.open(tmp_path / "out.jpg") as file:
            assert JpegImagePlugin.get_sampling(file) == sampling
            assert file.mode == "RGB"
    grey = tmp_path / "grey.jpg"
    Pillow.fromarray(noise(1)[..., 0]).save(grey, icc_profile=PROFILE)
    found = read_photograph(grey)
    assert (found.colours, found.icc) == (1, PROFILE)


def test_a_palette_becomes_its_colours_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    picture = Pillow.fromarray(noise(3)).quantize(16)
    picture.save(path)
    found = read_photograph(path)
    np.testing.assert_array_equal(found.samples, np.asarray(picture.convert("RGB")))
    assert found.notes == ("its palette became RGB: restored colours are not those of the palette",)
    picture.save(path, transparency=3)
    found = read_photograph(path)
    assert found.has_alpha
    assert "RGBA" in found.notes[0]


def test_a_clear_colour_becomes_transparency(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    samples = noise(3)
    Pillow.fromarray(samples).save(path, transparency=tuple(int(v) for v in samples[0, 0]))
    found = read_photograph(path)
    np.testing.assert_array_equal(found.samples[..., :3], samples)
    assert found.samples[0, 0, 3] == 0


@pytest.mark.parametrize(("mode", "suffix"), [("CMYK", ".jpg"), ("CMYK", ".tif")])
def test_other_colours_are_refused(tmp_path: Path, mode: str, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    Pillow.new(mode, (8, 8)).save(path)
    assert mode in refusal(path)


def test_several_pictures_in_a_file_are_refused(tmp_path: Path) -> None:
    frames = [Pillow.fromarray(noise(3)), Pillow.fromarray(noise(3)[::-1].copy())]
    for name in ("a.tif", "a.png"):
        path = tmp_path / name
        frames[0].save(path, save_all=True, append_images=frames[1:])
        assert "holds 2" in refusal(path)


def test_the_first_picture_of_a_telephone_is_taken_and_the_note_says_so(tmp_path: Path) -> None:
    frames = [Pillow.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "a.mpo", save_all=True, append_images=frames[1:])
    path = (tmp_path / "a.mpo").rename(tmp_path / "a.jpg")
    found = read_photograph(path)
    assert found.samples[..., 0].min() > 200
    assert "further pictures" in found.notes[0]


@pytest.mark.parametrize("kind", ["png8", "png16", "jpg8", "tif8", "tif16"])
@pytest.mark.parametrize("share", [0.02, 0.5, 0.9])
def test_a_cut_file_is_refused(tmp_path: Path, kind: str, share: float) -> None:
    suffix, bits = f".{kind[:3]}", int(kind[3:])
    path = tmp_path / f"a{suffix}"
    write_photograph(Photograph(samples=noise(3, bits, 60, 80)), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(share * len(data))])
    assert str(path) in refusal(path)


def test_what_is_no_picture_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "page.jpg"
    page.write_text("<html>", encoding="utf-8")
    empty = tmp_path / "empty.tif"
    empty.write_bytes(b"")
    animation = tmp_path / "a.gif"
    Pillow.new("L", (3, 3)).save(animation)
    assert "<html>" in refusal(page)
    assert "is empty" in refusal(empty)
    assert "cannot be read" in refusal(tmp_path / "none.png")
    assert ".png, .jpg, .jpeg, .tif or .tiff" in refusal(animation)


def test_a_header_that_promises_too_much_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, noise(3), photometric="rgb")
    data = bytearray(path.read_bytes())
    with tifffile.TiffFile(io.BytesIO(bytes(data))) as file:
        for tag in ("ImageWidth", "ImageLength"):
            place = file.pages[0].tags[tag].valueoffset  # type: ignore[union-attr]
            data[place : place + 2] = struct.pack(f"{file.byteorder}H", 60000)
    path.write_bytes(data)
    assert "pixels" in refusal(path)


@pytest.mark.parametrize(("channels", "bits", "says"), [(3, 16, "16-bit"), (4, 8, "transparency")])
def test_an_output_that_cannot_hold_it_is_refused(channels: int, bits: int, says: str) -> None:
    photograph = Photograph(samples=noise(channels, bits))
    check_output(photograph, Path("a.png"))
    with pytest.raises(ImageError, match=says):
        check_output(photograph, Path("a.jpg"))
    with pytest.raises(ImageError, match="suffix"):
        check_output(photograph, Path("a.gif"))


def test_a_failed_write_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"precious")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Pillow.Image, "save", full)
    with pytest.raises(OSError, match="No space"):
        write_photograph(Photograph(samples=noise(3)), path)
    assert path.read_bytes() == b"precious"
    assert [each.name for each in tmp_path.iterdir()] == ["a.png"]


def refusal(path: Path) -> str:
    with pytest.raises(ImageError) as caught:
        read_photograph(path)
    message = str(caught.value)
    assert str(path) in message
    return message
