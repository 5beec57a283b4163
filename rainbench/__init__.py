"""rainbench: the benchmark and comparison suite for single-image de-raining.

The public names are those of `__all__`; each is resolved on first use, so that importing the
package costs nothing but the standard library.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainbench.data.audit import Audit, audit_datasets
    from rainbench.data.opening import OpenDataset, open_dataset
    from rainbench.data.verification import Verification
    from rainbench.data.verify import verify_dataset
    from rainbench.dataset import Dataset, ImagePair, Layout, Release
    from rainbench.errors import DatasetError, ImageError, MethodError, PluginError, RainbenchError
    from rainbench.evidence.beside import set_beside
    from rainbench.evidence.difference import Difference, compare_results, compare_rows
    from rainbench.evidence.evidence import (
        Evidence,
        Measurement,
        Result,
        ScoredImage,
        explain_marks,
    )
    from rainbench.evidence.feature_distance import (
        as_they_are,
        distance_between_channels,
        distances_to_first,
        gradients,
        standardised,
        variance_left,
    )
    from rainbench.evidence.features import FeatureFile, FeatureSet, Maps
    from rainbench.evidence.gallery import Album, Shot
    from rainbench.evidence.marks import MARKS
    from rainbench.evidence.profile_record import Profile
    from rainbench.evidence.protocol_text import describe_protocol
    from rainbench.evidence.published import Published, cite
    from rainbench.evidence.quality import QualityFile, QualityScore
    from rainbench.evidence.view import View
    from rainbench.grid import GridRow, Panel, PictureGrid, Zoom
    from rainbench.image import Image, Picture, Pixels
    from rainbench.kernels.leaky import LargestPool, LeakyConv, LeakyMix, PlainConv, mix_pairs
    from rainbench.method import (
        Checkpoint,
        ExternalMethod,
        LearnedMethod,
        Method,
        Paper,
        PriorMethod,
        Reach,
        Setting,
        SizeRule,
        Weights,
    )
    from rainbench.metrics.comparison import Comparison, Score, score
    from rainbench.metrics.explain import explain_number
    from rainbench.metrics.explanation import Explanation
    from rainbench.metrics.pixel_error import PIXEL_ERRORS, PixelErrors
    from rainbench.origin import Download, Source
    from rainbench.protocol import PROTOCOLS, Protocol
    from rainbench.registry import find_dataset, find_method, find_report
    from rainbench.render import render_report
    from rainbench.report import Block, Cell, Column, Figure, Note, Report, Series, Table
    from rainbench.restorers.exporting import export_network
    from rainbench.restorers.external import Command
    from rainbench.restorers.renaming import rename
    from rainbench.restorers.restoration import derain_photos
    from rainbench.runs.benchmark import run
    from rainbench.runs.results import read_results
    from rainbench.runs.scoring import score_folder
    from rainbench.scene import bsd200_scene, bsd300_scene, number_as_text
    from rainbench.shelves.catalogue import Item, list_items
    from rainbench.shelves.overview import MethodOverview, list_methods
    from rainbench.shelves.plugin import Plugin
    from rainbench.streaks.rain import RAIN_STYLES, RainStyle, add_streaks, render_streaks
    from rainbench.training.recipe import Recipe
    from rainbench.training.similarity import mean_ssim
    from rainbench.votes.vote import Contest, Strength, Vote, hold_contests

# Where each public name is defined; a test holds this list to the imports above.
_HOMES = {
    "Album": "evidence.gallery",
    "Audit": "data.audit",
    "Block": "report",
    "Cell": "report",
    "Checkpoint": "method",
    "Column": "report",
    "Command": "restorers.external",
    "Comparison": "metrics.comparison",
    "Contest": "votes.vote",
    "Dataset": "dataset",
    "DatasetError": "errors",
    "Difference": "evidence.difference",
    "Download": "origin",
    "Evidence": "evidence.evidence",
    "Explanation": "metrics.explanation",
    "ExternalMethod": "method",
    "FeatureFile": "evidence.features",
    "FeatureSet": "evidence.features",
    "Figure": "report",
    "GridRow": "grid",
    "Image": "image",
    "ImageError": "errors",
    "ImagePair": "dataset",
    "Item": "shelves.catalogue",
    "LargestPool": "kernels.leaky",
    "Layout": "dataset",
    "LeakyConv": "kernels.leaky",
    "LeakyMix": "kernels.leaky",
    "LearnedMethod": "method",
    "MARKS": "evidence.marks",
    "Maps": "evidence.features",
    "Measurement": "evidence.evidence",
    "Method": "method",
    "MethodError": "errors",
    "MethodOverview": "shelves.overview",
    "Note": "report",
    "OpenDataset": "data.opening",
    "PIXEL_ERRORS": "metrics.pixel_error",
    "PROTOCOLS": "protocol",
    "Panel": "grid",
    "Paper": "method",
    "Picture": "image",
    "PictureGrid": "grid",
    "PixelErrors": "metrics.pixel_error",
    "Pixels": "image",
    "PlainConv": "kernels.leaky",
    "Plugin": "shelves.plugin",
    "PluginError": "errors",
    "PriorMethod": "method",
    "Profile": "evidence.profile_record",
    "Protocol": "protocol",
    "Published": "evidence.published",
    "QualityFile": "evidence.quality",
    "QualityScore": "evidence.quality",
    "RAIN_STYLES": "streaks.rain",
    "RainStyle": "streaks.rain",
    "RainbenchError": "errors",
    "Reach": "method",
    "Recipe": "training.recipe",
    "Release": "dataset",
    "Report": "report",
    "Result": "evidence.evidence",
    "Score": "metrics.comparison",
    "ScoredImage": "evidence.evidence",
    "Series": "report",
    "Setting": "method",
    "Shot": "evidence.gallery",
    "SizeRule": "method",
    "Source": "origin",
    "Strength": "votes.vote",
    "Table": "report",
    "Verification": "data.verification",
    "View": "evidence.view",
    "Vote": "votes.vote",
    "Weights": "method",
    "Zoom": "grid",
    "add_streaks": "streaks.rain",
    "as_they_are": "evidence.feature_distance",
    "audit_datasets": "data.audit",
    "bsd200_scene": "scene",
    "bsd300_scene": "scene",
    "cite": "evidence.published",
    "compare_results": "evidence.difference",
    "compare_rows": "evidence.difference",
    "derain_photos": "restorers.restoration",
    "describe_protocol": "evidence.protocol_text",
    "distance_between_channels": "evidence.feature_distance",
    "distances_to_first": "evidence.feature_distance",
    "explain_marks": "evidence.evidence",
    "explain_number": "metrics.explain",
    "export_network": "restorers.exporting",
    "find_dataset": "registry",
    "find_method": "registry",
    "find_report": "registry",
    "gradients": "evidence.feature_distance",
    "hold_contests": "votes.vote",
    "list_items": "shelves.catalogue",
    "list_methods": "shelves.overview",
    "mean_ssim": "training.similarity",
    "number_as_text": "scene",
    "open_dataset": "data.opening",
    "read_results": "runs.results",
    "mix_pairs": "kernels.leaky",
    "rename": "restorers.renaming",
    "render_report": "render",
    "render_streaks": "streaks.rain",
    "run": "runs.benchmark",
    "score": "metrics.comparison",
    "score_folder": "runs.scoring",
    "set_beside": "evidence.beside",
    "standardised": "evidence.feature_distance",
    "variance_left": "evidence.feature_distance",
    "verify_dataset": "data.verify",
}

__all__ = [
    "MARKS",
    "PIXEL_ERRORS",
    "PROTOCOLS",
    "RAIN_STYLES",
    "Album",
    "Audit",
    "Block",
    "Cell",
    "Checkpoint",
    "Column",
    "Command",
    "Comparison",
    "Contest",
    "Dataset",
    "DatasetError",
    "Difference",
    "Download",
    "Evidence",
    "Explanation",
    "ExternalMethod",
    "FeatureFile",
    "FeatureSet",
    "Figure",
    "GridRow",
    "Image",
    "ImageError",
    "ImagePair",
    "Item",
    "LargestPool",
    "Layout",
    "LeakyConv",
    "LeakyMix",
    "LearnedMethod",
    "Maps",
    "Measurement",
    "Method",
    "MethodError",
    "MethodOverview",
    "Note",
    "OpenDataset",
    "Panel",
    "Paper",
    "Picture",
    "PictureGrid",
    "PixelErrors",
    "Pixels",
    "PlainConv",
    "Plugin",
    "PluginError",
    "PriorMethod",
    "Profile",
    "Protocol",
    "Published",
    "QualityFile",
    "QualityScore",
    "RainStyle",
    "RainbenchError",
    "Reach",
    "Recipe",
    "Release",
    "Report",
    "Result",
    "Score",
    "ScoredImage",
    "Series",
    "Setting",
    "Shot",
    "SizeRule",
    "Source",
    "Strength",
    "Table",
    "Verification",
    "View",
    "Vote",
    "Weights",
    "Zoom",
    "add_streaks",
    "as_they_are",
    "audit_datasets",
    "bsd200_scene",
    "bsd300_scene",
    "cite",
    "compare_results",
    "compare_rows",
    "derain_photos",
    "describe_protocol",
    "distance_between_channels",
    "distances_to_first",
    "explain_marks",
    "explain_number",
    "export_network",
    "find_dataset",
    "find_method",
    "find_report",
    "gradients",
    "hold_contests",
    "list_items",
    "list_methods",
    "mean_ssim",
    "mix_pairs",
    "number_as_text",
    "open_dataset",
    "read_results",
    "rename",
    "render_report",
    "render_streaks",
    "run",
    "score",
    "score_folder",
    "set_beside",
    "standardised",
    "variance_left",
    "verify_dataset",
]
__version__ = "0.1.0"

# A wheel carries the shelves inside this package; in a checkout they stand beside it.
_here = Path(__file__).parent
if not (_here / "methods").is_dir():
    __path__.append(str(_here.parent))

if not TYPE_CHECKING:  # a checker must see a misspelt name as an error

    def __getattr__(name):  # noqa: ANN001, ANN202
        if name not in _HOMES:
            raise AttributeError(f"module 'rainbench' has no attribute {name!r}")
        return getattr(import_module(f"rainbench.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
