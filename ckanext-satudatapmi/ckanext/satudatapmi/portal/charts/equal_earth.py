"""The Equal Earth projection (Šavrič, Patterson and Jenny 2018, doi 10.1080/13658816.2018.1504949).

Vega projects outlines by it; we do for points, because names that must not cover each other are placed before it draws.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt

A1, A2, A3, A4 = 1.340264, -0.081106, 0.000893, 0.003796
M = sqrt(3) / 2
HALF_TURN = 180.0


def project(longitude: float, latitude: float) -> tuple[float, float]:
    """Return x (to the east) and y (to the north) on a sphere of radius 1.

    Args:
        longitude: degrees east of the middle of the map, any number of turns.
        latitude: degrees, -90 to 90.
    """
    turned = (longitude + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN
    angle = asin(M * sin(radians(latitude)))
    square = angle * angle
    sixth = square**3
    x = radians(turned) * cos(angle) / (M * (A1 + 3 * A2 * square + sixth * (7 * A3 + 9 * A4 * square)))
    return x, angle * (A1 + A2 * square + sixth * (A3 + A4 * square))


WIDTH = 2 * abs(project(-HALF_TURN, 0)[0])
"""Of the whole earth."""
