"""The hash finds the same picture again and its bands lose none."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from wenming.ground.evidence import images, likeness

hashes = st.integers(0, 2**64 - 1).map("{:016x}".format)


@given(hashes, hashes, hashes)
def test_distance_is_a_metric(one, two, three):
    assert likeness.distance(one, one) == 0
    assert likeness.distance(one, two) == likeness.distance(two, one)
    assert (likeness.distance(one, two) == 0) == (one == two)
    assert likeness.distance(one, three) <= likeness.distance(one, two) + likeness.distance(two, three)


@given(hashes, st.sets(st.integers(0, 63)))
def test_distance_counts_flipped_bits(value, flipped):
    other = int(value, 16) ^ sum(1 << bit for bit in flipped)
    assert likeness.distance(value, f"{other:016x}") == len(flipped)


@given(hashes)
def test_bands_put_together_are_the_hash(value):
    assert "".join(f"{band:04x}" for band in likeness.bands(value)) == value


@given(
    hashes,
    st.integers(0, 14).flatmap(
        lambda most: st.tuples(st.just(most), st.sets(st.integers(0, 63), max_size=most))
    ),
)
def test_probes_find_every_hash_within_the_distance(value, asked):
    most, flipped = asked
    near = f"{int(value, 16) ^ sum(1 << bit for bit in flipped):016x}"
    found = zip(likeness.probes(value, most), likeness.bands(near), strict=True)
    assert any(band in values for values, band in found)


def test_probes_at_twelve_bits_are_few():
    assert [len(values) for values in likeness.probes("0123456789abcdef", 12)] == [697, 137, 137, 137]


def test_flat_picture_has_no_hash():
    assert likeness.dhash(Image.new("RGB", (400, 300), "black")) == ""


@pytest.mark.parametrize(
    ("change", "most"),
    [("q30", 4), ("half", 3), ("to 640", 3), ("webp", 4), ("brighter", 6), ("crop 2 %", 12)],
)
def test_changed_copies_stay_near(draw, change, most):
    worst = 0
    for seed in range(12):
        scene = draw.scene(seed)
        one = images.inspect(draw.saved(scene, quality=92)).dhash
        other = images.inspect(changed(draw, scene, change)).dhash
        worst = max(worst, likeness.distance(one, other))
    assert worst <= most


def changed(draw, scene: Image.Image, change: str) -> bytes:
    if change == "q30":
        return draw.saved(scene, quality=30)
    if change == "half":
        return draw.saved(scene.resize((600, 450)), quality=80)
    if change == "to 640":
        return draw.saved(scene.resize((640, 480)), quality=80)
    if change == "webp":
        return draw.saved(scene, "WEBP", quality=70)
    if change == "brighter":
        return draw.saved(scene.point(lambda value: min(255, int(value * 1.15))), quality=85)
    width, height = scene.size
    return draw.saved(scene.crop((width // 50, height // 50, width, height)), quality=85)


def test_different_streets_are_far_apart(draw):
    values = [likeness.dhash(draw.scene(seed)) for seed in range(30)]
    pairs = [likeness.distance(a, b) for i, a in enumerate(values) for b in values[:i]]
    # One drawn pair in some hundred may come near by chance: that is why a person looks.
    assert sum(bits <= 12 for bits in pairs) <= len(pairs) // 100


def test_turned_copy_has_the_hash_of_the_upright_one(draw):
    scene = draw.scene(3)
    out = BytesIO()
    scene.transpose(Image.Transpose.ROTATE_90).save(out, "JPEG", quality=92, exif=draw.exif(orientation=6))
    one = images.inspect(draw.saved(scene, quality=92)).dhash
    assert likeness.distance(one, images.inspect(out.getvalue()).dhash) <= 3
