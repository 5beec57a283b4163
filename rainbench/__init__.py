"""rainbench: the benchmark and comparison suite for single-image de-raining.

The public names are those of `__all__`; each is resolved on first use, so that importing the
package costs nothing but the standard library.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainbench.benchmark import run
    from rainbench.beside import set_beside
    from rainbench.catalogue import Item, list_items
    from rainbench.comparison import Comparison, Score, score
    from rainbench.data.audit import Audit, audit_datasets
    from rainbench.data.opening import OpenDataset, open_dataset
    from rainbench.data.verification import Verification
    from rainbench.data.verify import verify_dataset
    from rainbench.dataset import Dataset, ImagePair, Layout, Release
    from rainbench.difference import Difference, compare_results, compare_rows
    from rainbench.errors import DatasetError, ImageError, MethodError, PluginError, RainbenchError
    from rainbench.evidence import Evidence, Measurement, Result, ScoredImage, explain_marks
    from rainbench.explain import Explanation, explain_number
    from rainbench.exporting import export_network
    from rainbench.external import Command
    from rainbench.feature_distance import (
        as_they_are,
        distance_between_channels,
        distances_to_first,
        gradients,
        standardised,
        variance_left,
    )
    from rainbench.features import FeatureFile, FeatureSet, Maps
    from rainbench.gallery import Album, Shot
    from rainbench.grid import GridRow, Panel, PictureGrid, Zoom
    from rainbench.image import Image, Picture, Pixels
    from rainbench.marks import MARKS
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
    from rainbench.origin import Download, Source
    from rainbench.overview import MethodOverview, list_methods
    from rainbench.pixel_error import PIXEL_ERRORS, PixelErrors
    from rainbench.plugin import Plugin
    from rainbench.profile_record import Profile
    from rainbench.protocol import PROTOCOLS, Protocol
    from rainbench.protocol_text import describe_protocol
    from rainbench.published import Published, cite
    from rainbench.quality import QualityFile, QualityScore
    from rainbench.rain import RAIN_STYLES, RainStyle, add_streaks, render_streaks
    from rainbench.registry import find_dataset, find_method, find_report
    from rainbench.render import render_report
    from rainbench.report import Block, Cell, Column, Figure, Note, Report, Series, Table
    from rainbench.restoration import derain_photos
    from rainbench.results import read_results
    from rainbench.scene import bsd200_scene, bsd300_scene, number_as_text
    from rainbench.scoring import score_folder
    from rainbench.training.recipe import Recipe
    from rainbench.training.similarity import mean_ssim
    from rainbench.view import View
    from rainbench.vote import Contest, Strength, Vote, hold_contests

# Where each public name is defined; a test holds this list to the imports above.
_HOMES = {
    "Album": "gallery",
    "Audit": "data.audit",
    "Block": "report",
    "Cell": "report",
    "Checkpoint": "method",
    "Column": "report",
    "Command": "external",
    "Comparison": "comparison",
    "Contest": "vote",
    "Dataset": "dataset",
    "DatasetError": "errors",
    "Difference": "difference",
    "Download": "origin",
    "Evidence": "evidence",
    "Explanation": "explain",
    "ExternalMethod": "method",
    "FeatureFile": "features",
    "FeatureSet": "features",
    "Figure": "report",
    "GridRow": "grid",
    "Image": "image",
    "ImageError": "errors",
    "ImagePair": "dataset",
    "Item": "catalogue",
    "Layout": "dataset",
    "LearnedMethod": "method",
    "MARKS": "marks",
    "Maps": "features",
    "Measurement": "evidence",
    "Method": "method",
    "MethodError": "errors",
    "MethodOverview": "overview",
    "Note": "report",
    "OpenDataset": "data.opening",
    "PIXEL_ERRORS": "pixel_error",
    "PROTOCOLS": "protocol",
    "Panel": "grid",
    "Paper": "method",
    "Picture": "image",
    "PictureGrid": "grid",
    "PixelErrors": "pixel_error",
    "Pixels": "image",
    "Plugin": "plugin",
    "PluginError": "errors",
    "PriorMethod": "method",
    "Profile": "profile_record",
    "Protocol": "protocol",
    "Published": "published",
    "QualityFile": "quality",
    "QualityScore": "quality",
    "RAIN_STYLES": "rain",
    "RainStyle": "rain",
    "RainbenchError": "errors",
    "Reach": "method",
    "Recipe": "training.recipe",
    "Release": "dataset",
    "Report": "report",
    "Result": "evidence",
    "Score": "comparison",
    "ScoredImage": "evidence",
    "Series": "report",
    "Setting": "method",
    "Shot": "gallery",
    "SizeRule": "method",
    "Source": "origin",
    "Strength": "vote",
    "Table": "report",
    "Verification": "data.verification",
    "View": "view",
    "Vote": "vote",
    "Weights": "method",
    "Zoom": "grid",
    "add_streaks": "rain",
    "as_they_are": "feature_distance",
    "audit_datasets": "data.audit",
    "bsd200_scene": "scene",
    "bsd300_scene": "scene",
    "cite": "published",
    "compare_results": "difference",
    "compare_rows": "difference",
    "derain_photos": "restoration",
    "describe_protocol": "protocol_text",
    "distance_between_channels": "feature_distance",
    "distances_to_first": "feature_distance",
    "explain_marks": "evidence",
    "explain_number": "explain",
    "export_network": "exporting",
    "find_dataset": "registry",
    "find_method": "registry",
    "find_report": "registry",
    "gradients": "feature_distance",
    "hold_contests": "vote",
    "list_items": "catalogue",
    "list_methods": "overview",
    "mean_ssim": "training.similarity",
    "number_as_text": "scene",
    "open_dataset": "data.opening",
    "read_results": "results",
    "render_report": "render",
    "render_streaks": "rain",
    "run": "benchmark",
    "score": "comparison",
    "score_folder": "scoring",
    "set_beside": "beside",
    "standardised": "feature_distance",
    "variance_left": "feature_distance",
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
    "Layout",
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
    "number_as_text",
    "open_dataset",
    "read_results",
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
