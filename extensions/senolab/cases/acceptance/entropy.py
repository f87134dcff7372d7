"""How far a texture is from Gaussian noise of the same spectrum: the Laplacian fractional entropy.

Two textures can have one power spectrum and look unlike: a cloud, and a net of sharp walls. What sets
them apart are the tails of what a band-pass filter answers: few strong answers and many weak ones.
"""

import numpy as np
from scipy import fft, special

BANDS = (0.3, 0.5, 1.0)  # centres of the filters, cycles/mm
_ANGLES = 8
_BINS = 101  # of a histogram, odd, so that a bin has its middle at the mean
_REACH = 5.0  # standard deviations that the histogram covers each way


def fractional_entropy(
    image: np.ndarray, usable: np.ndarray, pixel_mm: float, *, bands: tuple[float, ...] = BANDS
) -> dict[float, float]:
    """Laplacian fractional entropy of an image at each band: 0 is Gaussian, 1 as peaked as a Laplacian.

    The histogram of a Gabor filter's answers is compared with a Gaussian of the same mean and variance by
    its relative entropy, which is given as a part of the one that a Laplacian of that variance has. Both are
    taken over the same bins. Mean over eight angles.

    Parameters
    ----------
    image : ndarray, shape (rows, columns)
        Proportional to attenuation.
    usable : ndarray of bool, same shape
        Answers count where a filter's centre is usable and one and a half wavelengths round it are.
    pixel_mm
        Pixel size.
    bands
        Centre frequencies, cycles/mm; each filter is 1.4 octaves wide.

    Raises
    ------
    ValueError
        If nothing usable is left for a band.

    References
    ----------
    Abbey et al., Non-Gaussian statistical properties of breast images, Med Phys 39:7121-7130, 2012,
    doi:10.1118/1.4761869. Abbey et al., Evaluation of non-Gaussian statistical properties in virtual breast
    phantoms, J Med Imaging 6:025502, 2019, doi:10.1117/1.JMI.6.2.025502.
    """
    filled = np.where(usable, image, image[usable].mean()).astype(np.float32)
    sides = [n + round(4.0 / min(bands) / pixel_mm) for n in image.shape]
    size = np.array([fft.next_fast_len(side, real=True) for side in sides], int).tolist()
    spectrum = np.asarray(fft.rfft2(filled - filled.mean(), size))
    found = {}
    for band in bands:
        kept = _inner(usable, 1.5 / band / pixel_mm)
        if kept.sum() < 1000:
            raise ValueError(f"too little of the image is usable for answers at {band:g} cycles/mm")
        angles = np.arange(_ANGLES) * np.pi / _ANGLES
        found[band] = float(
            np.mean(
                [
                    _peakedness(
                        _answers(spectrum, size, band, angle, pixel_mm)[: image.shape[0], : image.shape[1]][
                            kept
                        ]
                    )
                    for angle in angles
                ]
            )
        )
    return found


def _inner(usable: np.ndarray, reach: float) -> np.ndarray:
    """Usable places farther than `reach` pixels from what is not."""
    from scipy import ndimage

    return np.asarray(ndimage.distance_transform_edt(np.pad(usable, 1)))[1:-1, 1:-1] > reach


def _answers(spectrum: np.ndarray, size: list[int], band: float, angle: float, pixel_mm: float) -> np.ndarray:
    """Answers of an even Gabor filter without a mean, by multiplication with its transfer function."""
    rows = fft.fftfreq(size[0], pixel_mm)[:, None]
    columns = fft.rfftfreq(size[1], pixel_mm)[None, :]
    octaves = 1.4
    # Standard deviation in frequency of a Gaussian that falls to one half over the octaves.
    wide = band * (2**octaves - 1) / (2**octaves + 1) / np.sqrt(2 * np.log(2))
    along, across = band * np.cos(angle), band * np.sin(angle)
    passed = np.exp(-((columns - along) ** 2 + (rows - across) ** 2) / (2 * wide**2))
    passed += np.exp(-((columns + along) ** 2 + (rows + across) ** 2) / (2 * wide**2))
    passed -= 2 * np.exp(-(band**2 + columns**2 + rows**2) / (2 * wide**2))  # so that a plain grey gives none
    return np.asarray(fft.irfft2(spectrum * passed, size))


def _peakedness(answers: np.ndarray) -> float:
    """Relative entropy of answers against a Gaussian, as a part of a Laplacian's."""
    scaled = (answers - answers.mean()) / answers.std()
    edges = np.linspace(-_REACH, _REACH, _BINS + 1)
    counts = np.histogram(np.clip(scaled, -_REACH, _REACH), edges)[0] / len(scaled)
    gauss = _steps(special.ndtr(edges))
    laplace = _steps(
        np.where(edges < 0, 0.5 * np.exp(np.sqrt(2) * edges), 1 - 0.5 * np.exp(-np.sqrt(2) * edges))
    )
    return _divergence(counts, gauss) / _divergence(laplace, gauss)


def _steps(cumulative: np.ndarray) -> np.ndarray:
    """Probability per bin; the tails beyond the last edges count to the last bins."""
    inner = np.concatenate([[0.0], cumulative[1:-1], [1.0]])
    return np.diff(inner)


def _divergence(found: np.ndarray, model: np.ndarray) -> float:
    """Kullback-Leibler divergence of binned distributions, nats."""
    return float(special.rel_entr(found, model).sum())
