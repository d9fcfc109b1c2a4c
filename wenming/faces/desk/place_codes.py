"""QR codes drawn as SVG paths."""

from typing import Any

import qrcode
from qrcode.constants import ERROR_CORRECT_M


def drawing(text: str) -> dict[str, Any]:
    """A QR code as the `d` of an SVG path and the `size` of its side in modules, quiet zone included.

    Error correction M stands some dirt and a scratched corner on a wall.
    """
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M, border=4)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    runs = []
    for y, row in enumerate(matrix):
        x = 0
        while x < len(row):
            end = x
            while end < len(row) and row[end]:
                end += 1
            if end > x:
                runs.append(f"M{x} {y}h{end - x}v1h-{end - x}z")
            x = end + 1
    return {"path": "".join(runs), "size": len(matrix)}
