"""Mixtures of Gaussians without means over patches: the priors of LP, and EM that learns them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import log, pi

import torch
from torch import Tensor

# What rounding to 8 bit leaves in the flattest patch; no direction varies less. Mean-removed
# patches do not vary at all along the constant: there every component has this variance.
FLOOR = 1 / (12 * 255**2)

CHUNK = 4096  # patches a time: what is worked out of them stays in the cache
BOUNDS = 2**16 * 800  # of components and patches, held a time in a search: 210 MB
TOGETHER = 50  # components a time of which bounds are made
HEAD = 16  # eigenvectors that bounds are made of
SLACK = 1e-5  # of a bound: what single precision may lose of it
UNLIKELY = 1e-6  # responsibilities below this move no covariance


@dataclass(frozen=True)
class Mixture:
    """K Gaussians around zero in D dimensions, each as the eigenvectors of its covariance."""

    log_weights: Tensor
    """(K,)"""
    vectors: Tensor
    """Eigenvectors as columns, (K, D, D)."""
    variances: Tensor
    """Eigenvalues, the greatest first, (K, D), none below FLOOR."""

    @cached_property
    def covariances(self) -> Tensor:
        """Multiply the covariances out, (K, D, D) float64."""
        vectors = self.vectors.double()
        return (vectors * self.variances[:, None]) @ vectors.mT

    def to(self, device: str) -> "Mixture":
        """Move to a device of torch's."""
        moved = (each.to(device) for each in (self.log_weights, self.vectors, self.variances))
        return Mixture(*moved)

    def log_densities(self, patches: Tensor, noise: float = 0.0) -> Tensor:
        """Return log pi_k + log N(p; 0, Sigma_k + noise I) for patches (N, D), as (N, K)."""
        variances = self.variances + noise
        whitening = self.vectors / variances.sqrt()[:, None]
        squares = [(patches @ each).square().sum(1) for each in whitening]
        return self.log_scales(noise) - torch.stack(squares, 1) / 2

    def likeliest(self, patches: Tensor, noise: float, guess: Tensor | None = None) -> Tensor:
        """Return which component gives each patch, (N, D), the greatest log density, (N,).

        `guess`, such as the answer of an iteration before, saves work and changes nothing.
        """
        block = max(1, BOUNDS // len(self.log_weights))
        chunks = torch.split(patches, block)
        guesses = [None] * len(chunks) if guess is None else torch.split(guess, block)
        return torch.cat([self._search(c, noise, g) for c, g in zip(chunks, guesses, strict=True)])

    def filtered(self, patches: Tensor, components: Tensor, noise: float) -> Tensor:
        """Apply each patch's component's Wiener filter, Sigma (Sigma + noise I)^-1."""
        gains = self.variances / (self.variances + noise)
        filters = (self.vectors * gains[:, None]) @ self.vectors.mT
        found = torch.empty_like(patches)
        for k, who in by_component(components, len(filters)):
            found[who] = patches[who] @ filters[k]
        return found

    def log_scales(self, noise: float = 0.0) -> Tensor:
        """Return what each component's log density has besides its quadratic form, (K,)."""
        variances = self.variances + noise
        dimensions = self.variances.shape[1]
        return self.log_weights - (variances.log().sum(1) + dimensions * log(2 * pi)) / 2

    def _search(self, patches: Tensor, noise: float, guess: Tensor | None) -> Tensor:
        """Work out exactly only what a bound does not rule out: a few of the components."""
        whitening = self.vectors / (self.variances + noise).sqrt()[:, None]
        scales = self.log_scales(noise)

        def score(k: int, who: Tensor) -> Tensor:
            return scales[k] - (patches[who] @ whitening[k]).square_().sum(1) / 2

        bounds = self._bounds(patches, noise)
        best = bounds.argmax(0) if guess is None else guess.clone()
        highest = patches.new_empty(len(patches))
        for k, who in by_component(best, len(scales)):
            highest[who] = score(k, who)
        for k in (bounds > highest).any(1).nonzero()[:, 0].tolist():
            who = ((bounds[k] > highest) & (best != k)).nonzero()[:, 0]
            scored = score(k, who)
            higher = scored > highest[who]
            highest[who[higher]] = scored[higher]
            best[who[higher]] = k
        return best

    def _bounds(self, patches: Tensor, noise: float) -> Tensor:
        """Return what each component's log density cannot exceed, (K, N).

        What the HEAD leading eigenvectors leave of a patch varies no more than the next one
        does: the quadratic form is at least that of the leading ones and of one such remainder.
        """
        precisions = 1 / (self.variances + noise)
        least = precisions[:, min(HEAD, precisions.shape[1] - 1)]
        savings = (least[:, None] - precisions[:, :HEAD]).clamp_min(0)
        leading = (self.vectors[:, :, :HEAD] * savings.sqrt()[:, None]).mT
        scales, bounds = self.log_scales(noise), patches.new_empty(len(least), len(patches))
        for at in range(0, len(patches), CHUNK // 4):
            chunk = patches[at : at + CHUNK // 4].t()
            energy = chunk.square().sum(0)
            for k in range(0, len(least), TOGETHER):
                some = slice(k, k + TOGETHER)
                heads = leading[some]
                saved = (heads.flatten(0, 1) @ chunk).square_().view(*heads.shape[:2], -1).sum(1)
                found = scales[some, None] + (saved - least[some, None] * energy) / 2
                # Rounding must not rule out the winner.
                bounds[some, at : at + len(energy)] = found + SLACK * found.abs()
        return bounds

    @classmethod
    def of_covariances(cls, log_weights: Tensor, covariances: Tensor) -> "Mixture":
        """Take the covariances, (K, D, D) float64, with eigenvalues raised to FLOOR.

        The result has the type of `log_weights`.
        """
        values, vectors = torch.linalg.eigh(covariances)
        return cls(
            log_weights=log_weights,
            vectors=vectors.flip(2).to(log_weights.dtype).contiguous(),
            variances=values.flip(1).clamp_min(FLOOR).to(log_weights.dtype),
        )

    @classmethod
    def of_moments(cls, counts: Tensor, moments: Tensor, dtype: torch.dtype) -> "Mixture":
        """Make the likeliest mixture of what EM has counted, (K,) and (K, D, D), float64.

        Under the constraint that no variance is below FLOOR the maximum of the likelihood has
        the sample covariance's eigenvectors, and its eigenvalues raised to FLOOR.
        """
        counts = counts.clamp_min(torch.finfo(torch.float32).tiny)
        weights = counts / counts.sum()
        return cls.of_covariances(weights.log().to(dtype), moments / counts[:, None, None])


def learn(
    patches: Tensor, components: int, *, rounds: int, seed: int, settled: float = 0.0
) -> tuple[Mixture, list[float]]:
    """Learn a mixture from patches, (N, D), by expectation and maximisation.

    It begins with every patch given to the nearest of `components` patches drawn at random, and
    ends after `rounds`, or once a round adds no more than `settled` to the mean log likelihood.
    Returns the mixture and the mean log likelihood before each round after the first.
    """
    mixture = _first(patches, components, seed)
    history: list[float] = []
    for _ in range(rounds):
        likelihood, counts, moments = _expect(mixture, patches)
        history.append(likelihood)
        mixture = Mixture.of_moments(counts, moments, patches.dtype)
        if len(history) > 1 and history[-1] - history[-2] <= settled:
            break
    return mixture, history


def _first(patches: Tensor, components: int, seed: int) -> Mixture:
    generator = torch.Generator().manual_seed(seed)
    # Drawn on the CPU: the same on every device.
    drawn = torch.randperm(len(patches), generator=generator, device="cpu")[:components]
    seeds = patches[drawn.to(patches.device)]
    offsets = seeds.square().sum(1) / 2
    labels = torch.cat([(c @ seeds.t() - offsets).argmax(1) for c in torch.split(patches, CHUNK)])
    counts = torch.bincount(labels, minlength=len(seeds)).double()
    moments = torch.stack([_moment(patches[labels == k]) for k in range(len(seeds))])
    return Mixture.of_moments(counts, moments, patches.dtype)


def _expect(mixture: Mixture, patches: Tensor) -> tuple[float, Tensor, Tensor]:
    """Return the mean log likelihood, and counts and second moments by component."""
    components, dimensions = mixture.variances.shape
    counts = patches.new_zeros(components, dtype=torch.float64)
    moments = patches.new_zeros(components, dimensions, dimensions, dtype=torch.float64)
    total = 0.0
    for chunk in torch.split(patches, CHUNK):
        densities = mixture.log_densities(chunk)
        likelihoods = densities.logsumexp(1, keepdim=True)
        total += float(likelihoods.double().sum())
        shares = (densities - likelihoods).exp()
        counts += shares.double().sum(0)
        for k, share in enumerate(shares.t()):
            who = (share > UNLIKELY).nonzero()[:, 0]
            if len(who):
                moments[k] += _moment(chunk[who] * share[who].sqrt()[:, None])
    return total / len(patches), counts, moments


def _moment(patches: Tensor) -> Tensor:
    return (patches.t() @ patches).double()


def by_component(components: Tensor, count: int) -> Iterator[tuple[int, Tensor]]:
    """Go through the components that have patches: which, and the patches' places."""
    order = components.argsort(stable=True)
    ends = torch.bincount(components, minlength=count).cumsum(0).tolist()
    for k, (begin, end) in enumerate(zip([0, *ends], ends, strict=False)):
        if begin < end:
            yield k, order[begin:end]
