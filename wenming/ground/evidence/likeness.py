"""Likeness of pictures: a 64-bit difference hash, and the bands that find near ones among a million.

The hash compares neighbours in a 9×8 grey picture. Handbook D8 and stack.md §6: at 12 bits of difference a
re-encoded, resized or watermarked copy is found, a crop of more than some 5 % is not, and two photos of one
street corner may match. So a match is a reason for a person to look, never a verdict.
"""

from itertools import combinations

from PIL import Image

BITS = 64
BANDS = 4
BAND_BITS = BITS // BANDS
# Grey levels between the darkest and the brightest of the 72 cells below which a picture says nothing.
FLAT = 6
# A neighbour counts as brighter from two grey levels on: in a grey sky one level is noise, and without this
# step a re-saved copy moved by up to 7 bits instead of 3 (40 drawn scenes), and fewer crops were found.
STEP = 1


def dhash(picture: Image.Image) -> str:
    """An upright RGB picture → 16 hex digits; empty when the picture is flat (lens covered, blank page).

    Flat pictures would all be like one another and drown the real finds.
    """
    cells = picture.resize((9, 8), Image.Resampling.BOX).convert("L").tobytes()
    if max(cells) - min(cells) < FLAT:
        return ""
    value = 0
    for row in range(8):
        for column in range(8):
            at = row * 9 + column
            value = value << 1 | (cells[at] + STEP < cells[at + 1])
    return f"{value:016x}"


def distance(one: str, other: str) -> int:
    """Bits in which two hashes differ, 0 to 64. Both must be 16 hex digits."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def bands(value: str) -> tuple[int, int, int, int]:
    """A hash cut into four numbers of 16 bits, which the database indexes one by one."""
    number = int(value, 16)
    first, second, third, fourth = ((number >> shift) & 0xFFFF for shift in (48, 32, 16, 0))
    return first, second, third, fourth


def probes(value: str, max_bits: int) -> list[set[int]]:
    """For each band the values that together find **every** hash within `max_bits` of `value`.

    Multi-index hashing: write max_bits = 4·q + r. If bands 1…r+1 all differ by more than q bits and the
    others by more than q−1, the whole differs by at least (r+1)(q+1) + (3−r)·q = max_bits + 1. So it is
    enough to look within q bits in the first r+1 bands and within q−1 in the others: no recall is lost.
    At 12 bits these are 697 + 3·137 = 1,108 values, some 17,000 candidates in a million evenly spread
    hashes. (Looking for one *equal* band of 16 bits would be cheaper but only sure up to 3 bits;
    eight bands of 8 bits bring 17 times as many candidates.)
    """
    quotient, rest = divmod(max_bits, BANDS)
    return [
        _ball(band, quotient if index <= rest else quotient - 1) for index, band in enumerate(bands(value))
    ]


def _ball(centre: int, radius: int) -> set[int]:
    """All 16-bit numbers at most `radius` bits away; none for a negative radius."""
    return {
        centre ^ sum(1 << bit for bit in flipped)
        for bits in range(radius + 1)
        for flipped in combinations(range(BAND_BITS), bits)
    }
