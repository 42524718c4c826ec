"""Croissant metadata of a package, by which data catalogues find and read it.

The format: MLCommons, Croissant Format Specification 1.0, https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from hrm_core.records.release import PackageFacts

__all__ = ["CROISSANT", "croissant_bytes"]

CROISSANT = "croissant.json"
"""Name of the file."""

_CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_PARQUET = "application/x-parquet"
_OWN = (
    "citeAs column conformsTo equivalentProperty extract field fileProperty fileObject fileSet format "
    "includes isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace "
    "samplingRate separator source subField transform"
)
_CONTEXT: dict[str, Any] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "dct": "http://purl.org/dc/terms/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "sc": "https://schema.org/",
    **{name: f"cr:{name}" for name in _OWN.split()},
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
}

_TEXT, _WHOLE, _NUMBER, _FLAG = "sc:Text", "sc:Integer", "sc:Float", "sc:Boolean"
_WHO = (
    ("participant", _TEXT, "Code of the child, drawn at random."),
    ("recording", _TEXT, "Code of the recording within the child, drawn at random."),
)
_TABLES: dict[str, tuple[tuple[str, str, str], ...]] = {
    "participants.csv": (
        _WHO[0],
        ("group", _TEXT, "Group of the child; empty where it is withheld or not known."),
        ("sex", _TEXT, "F or M; empty where it is withheld or not known."),
        ("age_from", _WHOLE, "First completed year of the band of ages; empty where it is withheld."),
        ("age_to", _WHOLE, "Last completed year of the band of ages; empty where it is withheld."),
    ),
    "recordings.csv": (
        *_WHO,
        ("frames", _WHOLE, "Coded frames."),
        ("not_codable", _WHOLE, "Frames that were looked at and could not be coded."),
        ("with_model", _WHOLE, "Coded frames that a model's suggestions had a part in."),
        ("fps", _NUMBER, "Mean frames per second; empty where it is not known."),
        ("width", _WHOLE, "Width of the pictures in pixels; empty where it is not known."),
        ("height", _WHOLE, "Height of the pictures in pixels; empty where it is not known."),
        ("mirrored", _FLAG, "Whether the child's left is on the viewer's left."),
        ("pictures", _WHOLE, "Pictures in the package."),
        ("pictures_withheld", _WHOLE, "Pictures left out because the eyes could not be located."),
    ),
    "labels/frames.parquet": (
        *_WHO,
        ("frame", _WHOLE, "Number of the frame in the recording, from 0."),
        ("time_s", _NUMBER, "Seconds from the first frame; NaN where it is not known."),
        ("codable", _FLAG, "Whether the frame could be coded."),
        ("n_actions", _WHOLE, "Number of actions that are present."),
        ("with_model", _FLAG, "Whether a model's suggestions had a part in the codes."),
    ),
    "labels/codes.parquet": (
        *_WHO,
        ("frame", _WHOLE, "Number of the frame in the recording, from 0."),
        ("action", _TEXT, "Action unit or descriptor that is present, as AU12 or AD19."),
        ("code", _WHOLE, "1 both sides, 2 the child's left, 3 right, 4 upper, 5 lower."),
        ("side", _TEXT, "The code in words."),
        ("intensity", _TEXT, "A to E; empty where nobody said how strong the action is."),
    ),
}


def croissant_bytes(facts: PackageFacts, description: str, checksums: Mapping[str, str]) -> bytes:
    """The file, as JSON-LD.

    Parameters
    ----------
    facts : PackageFacts
        What the package holds.
    description : str
        Of the data set, for people.
    checksums : mapping of str to str
        SHA-256 of the files of the package by their POSIX paths.
    """
    tables = [name for name in _TABLES if name in checksums]
    told = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": _CONFORMS_TO,
        "name": facts.name,
        "description": description,
        "version": facts.version,
        "license": facts.licence_address,
        "creator": [{"@type": "sc:Person", "name": name} for name in facts.creators],
        "keywords": ["facial action coding system", "children", *(["synthetic"] if facts.synthetic else [])],
        "isLiveDataset": False,
        "distribution": [_file(name, checksums[name]) for name in tables] + _sets(checksums),
        "recordSet": [_records(name) for name in tables],
    }
    if not facts.creators:
        del told["creator"]
    return (json.dumps(told, ensure_ascii=False, indent=1) + "\n").encode()


def _file(name: str, digest: str) -> dict[str, Any]:
    return {
        "@type": "cr:FileObject",
        "@id": name,
        "name": name,
        "contentUrl": name,
        "encodingFormat": _PARQUET if name.endswith(".parquet") else "text/csv",
        "sha256": digest,
    }


def _sets(names: Mapping[str, str]) -> list[dict[str, Any]]:
    """Folders of files of which each belongs to one recording, or one frame."""
    found = {}
    for name in sorted(names):
        folder, _, rest = name.partition("/")
        if folder == "features":
            found[f"features/{rest.partition('/')[0]}"] = ("*.parquet", _PARQUET)
        elif folder == "pictures":
            found[folder] = ("*/*/*.jpg", "image/jpeg")
        elif name.startswith("labels/hrm-csv/"):
            found["labels/hrm-csv"] = ("*.csv", "text/csv")
    return [
        {
            "@type": "cr:FileSet",
            "@id": folder,
            "name": folder,
            "encodingFormat": kind,
            "includes": f"{folder}/{pattern}",
        }
        for folder, (pattern, kind) in found.items()
    ]


def _records(name: str) -> dict[str, Any]:
    own = name.rpartition("/")[2].partition(".")[0]
    return {
        "@type": "cr:RecordSet",
        "@id": own,
        "name": own,
        "field": [
            {
                "@type": "cr:Field",
                "@id": f"{own}/{column}",
                "name": column,
                "description": about,
                "dataType": kind,
                "source": {"fileObject": {"@id": name}, "extract": {"column": column}},
            }
            for column, kind, about in _TABLES[name]
        ],
    }
