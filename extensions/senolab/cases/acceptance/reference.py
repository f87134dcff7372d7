"""Two textures to compare with: a clustered lumpy background and a phantom of nothing but compartments.

Both get the power spectrum of mammograms, so that what differs is not the spectrum: one is nearly
Gaussian, the other all edges.
"""

import numpy as np
from scipy import fft
from scipy.spatial import KDTree

PIXEL_MM = 0.3  # of Bochud's mammograms, in whose pixels the background's measures are told
SIDE = 200  # pixels
_MARGIN = 48  # pixels round the image that are made and cut away
_ANGLES = 24
_CELL_MM, _THICK_MM, _STEP_MM = 9.0, 50.0, 0.5


def clustered_lumpy(rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """Make a clustered lumpy background of mammograms, pixels of 0.3 mm, shape (side, side).

    150 clusters per 128 x 128 pixels, 20 blobs each (both Poisson), blobs 12 pixels (standard deviation)
    from the cluster's middle, each exp(-2.1 r^0.5 / L) where L is the radius of an ellipse of 5 by 2
    pixels turned by the cluster's angle. The angles are those of 24 classes, the places whole pixels.

    References
    ----------
    Bochud, Abbey & Eckstein, Statistical texture synthesis of mammographic images with clustered lumpy
    backgrounds, Opt Express 4:33-43, 1999, doi:10.1364/OE.4.000033.
    """
    size = side + 2 * _MARGIN
    clusters = rng.poisson(150.0 * (size / 128) ** 2)
    middles, turns = rng.uniform(0, size, (clusters, 2)), rng.integers(0, _ANGLES, clusters)
    owner = np.repeat(np.arange(clusters), rng.poisson(20.0, clusters))
    places = np.rint(middles[owner] + rng.normal(0, 12.0, (len(owner), 2))).astype(int) % size
    total = np.zeros((size, size // 2 + 1), complex)
    for turn in range(_ANGLES):
        there, blobs = places[turns[owner] == turn], np.zeros((size, size))
        np.add.at(blobs, (there[:, 0], there[:, 1]), 1.0)
        total += np.asarray(fft.rfft2(blobs)) * np.asarray(fft.rfft2(_blob(size, np.pi * turn / _ANGLES)))
    whole = np.asarray(fft.irfft2(total, (size, size)))
    return whole[_MARGIN : _MARGIN + side, _MARGIN : _MARGIN + side]


def _blob(size: int, angle: float) -> np.ndarray:
    """One blob with its middle at the first pixel, wrapped round."""
    along = fft.fftfreq(size, 1.0 / size)
    rows, columns = along[:, None], along[None, :]
    radius, turned = np.hypot(rows, columns), np.arctan2(rows, columns) - angle
    length = 5.0 * 2.0 / np.sqrt((2.0 * np.cos(turned)) ** 2 + (5.0 * np.sin(turned)) ** 2)
    return np.exp(-2.1 * np.sqrt(radius) / length)


def compartments(rng: np.random.Generator, side: int = SIDE) -> np.ndarray:
    """Project a block of 50 mm that is filled with cells of fat or of gland, nothing between or within.

    The cells are those of random points (Voronoi), about 9 mm wide; half of them are gland. The idea is that
    of Bakic's compartments without walls (Bakic, Zhang & Maidment, Med Phys 38:3165-3176, 2011,
    doi:10.1118/1.3590358).

    Returns
    -------
    ndarray, shape (side, side)
        Path through gland, mm, at pixels of 0.3 mm.
    """
    wide = side * PIXEL_MM
    low, high = np.full(3, -_CELL_MM), np.array([wide, wide, _THICK_MM]) + _CELL_MM
    count = round(float(np.prod(high - low)) / _CELL_MM**3)
    tree, gland = KDTree(rng.uniform(low, high, (count, 3))), rng.random(count) < 0.5
    across = (np.arange(side) + 0.5) * PIXEL_MM
    grid = np.stack(np.meshgrid(across, across, indexing="ij"), axis=-1).reshape(-1, 2)
    path = np.zeros(len(grid))
    for depth in np.arange(0.5 * _STEP_MM, _THICK_MM, _STEP_MM):
        points = np.column_stack([grid, depth + rng.uniform(-0.25, 0.25, len(grid))])
        path += _STEP_MM * gland[tree.query(points)[1]]
    return path.reshape(side, side)


def in_noise(image: np.ndarray, exponent: float, noise_from: float, rng: np.random.Generator) -> np.ndarray:
    """Give a texture the power spectrum f^-exponent, and white noise on top.

    The power of each ring of frequencies is scaled; to that end the image is mirrored at its edges, so that
    it has none.

    Parameters
    ----------
    noise_from
        Frequency in cycles/mm from which the noise is stronger than the texture.
    """
    whole = np.block([[image, image[:, ::-1]], [image[::-1], image[::-1, ::-1]]])
    spectrum, size = np.asarray(fft.rfft2(whole - whole.mean())), whole.shape[0]
    ring = np.rint(np.hypot(fft.fftfreq(size)[:, None], fft.rfftfreq(size)[None, :]) * size).astype(int)
    power = np.bincount(ring.ravel(), (np.abs(spectrum) ** 2).ravel()) / np.bincount(ring.ravel())
    wanted = np.arange(len(power), dtype=float)
    wanted[0] = np.inf
    gain = np.sqrt(wanted**-exponent / np.maximum(power, 1e-30))
    texture = np.asarray(fft.irfft2(spectrum * gain[ring], whole.shape))[: image.shape[0], : image.shape[1]]
    strength = (noise_from * size * PIXEL_MM) ** (-0.5 * exponent) / size  # standard deviation of the noise
    return texture + strength * rng.standard_normal(texture.shape)
