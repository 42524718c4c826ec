"""The data sheet of a package, which is its README as well.

Its headings are those of T. Gebru et al., Datasheets for Datasets, Communications of the ACM 64(12), 2021,
86-92, https://doi.org/10.1145/3458723.  What the study knows is answered; what only its authors can know is
marked as open.
"""

from __future__ import annotations

from collections import Counter

from hrm_core.records.release import PackageFacts, ToldOfChild
from hrm_core.records.words import counted

__all__ = ["data_sheet", "description", "licence_text"]

_OPEN = "**Open: to be answered by the authors.**"
_FEATURES = {
    "faces": "where the face is, its five points and its pose, by the study's own face detector",
    "openface": "action units, gaze and pose by OpenFace",
    "pyfeat": "action units, emotions and pose by Py-Feat",
}


def description(facts: PackageFacts) -> str:
    """The data set in a few sentences."""
    touched = sum(entry.with_models for entry in facts.recordings)
    parts = [
        "SYNTHETIC: nothing in this data set is real." if facts.synthetic else "",
        f"Facial actions (FACS) of {len(facts.children)} children, coded by hand in "
        f"{counted(facts.frames, 'frame')} of {counted(len(facts.recordings), 'recording')}"
        + (f", {touched} of them with a model's suggestions." if touched else "."),
        f"Face features of {', '.join(facts.features)}." if facts.features else "",
        f"{counted(facts.pictures, 'picture')} with covered eyes." if facts.pictures else "",
    ]
    return " ".join(part for part in parts if part)


def licence_text(facts: PackageFacts) -> str:
    """The file ``LICENSE.txt``."""
    made = f"Made by: {', '.join(facts.creators)}\n" if facts.creators else ""
    return (
        f"{facts.name}, version {facts.version}\n{made}\nLicence: {facts.licence}\n"
        f"Its text: {facts.licence_address}\n"
    )


def data_sheet(facts: PackageFacts) -> str:
    """The file ``README.md``.

    Parameters
    ----------
    facts : PackageFacts
        What the package holds.
    """
    sections = {
        "Motivation": _motivation(facts),
        "Composition": [*_files(facts), "", *_composition(facts)],
        "Collection": [
            f"- How, when and by whom the children were filmed, and who asked the families: {_OPEN}",
            "- Only children are in it whose consent, as noted in the study, allows to share labels. "
            f"Children left out for want of it: {facts.left_out}.",
            f"- Review by an ethics committee: {_OPEN}",
        ],
        "Preprocessing": _preprocessing(facts),
        "Uses": [
            f"- What the data were used for so far, and what they must not be used for: {_OPEN}",
            "- Frames of one child are not independent of one another: compare children, not frames.",
            "- Nobody may try to find out who the children are.",
        ],
        "Distribution": [
            f"- Licence: {facts.licence}, {facts.licence_address}",
            "- `sha256sum -c checksums.sha256` tells whether all files are as they were packed.",
        ],
        "Maintenance": [
            f"- Whom to ask, and whom to tell of errors: {_OPEN}",
            "- Codes of children and recordings stay the same in later releases of this study. Who "
            "withdraws a consent is in no later release.",
        ],
    }
    lines = [f"# {facts.name}", "", f"Version {facts.version}. {description(facts)}", ""]
    for title, answers in sections.items():
        lines += [f"## {title}", "", *answers, ""]
    return "\n".join(lines)


def _motivation(facts: PackageFacts) -> list[str]:
    creators = ", ".join(facts.creators) or _OPEN
    return [f"- Made by: {creators}", f"- Why, and who paid for it: {_OPEN}"]


def _files(facts: PackageFacts) -> list[str]:
    rows = [
        ("participants.csv", "a row per child: group, sex, band of ages"),
        ("recordings.csv", "a row per recording: frames, size, rate"),
        (
            "labels/frames.parquet",
            "a row per frame that was looked at; one without actions has `n_actions` 0",
        ),
        ("labels/codes.parquet", "a row per action that is present in a frame"),
    ]
    if any(child.told.group for child in facts.children):
        rows.append(("labels/hrm-csv/", "the same codes in the format of the HRM release, a row per frame"))
    rows += [(f"features/{source}/", _FEATURES[source]) for source in facts.features]
    if facts.pictures:
        rows.append(("pictures/", "a folder per child and recording; files are numbered as the frames"))
    rows += [
        ("croissant.json", "what the tables hold, for programs"),
        ("release.json", "version and counts, for programs"),
    ]
    return ["| file | holds |", "| --- | --- |", *(f"| `{name}` | {holds} |" for name, holds in rows)]


def _composition(facts: PackageFacts) -> list[str]:
    cells = Counter(_cell(child.told) for child in facts.children)
    lines = ["Children, as far as it is told who they are:", "", "| group | sex | age | children |"]
    lines += ["| --- | --- | --- | --- |"]
    lines += [f"| {' | '.join(cell)} | {number} |" for cell, number in sorted(cells.items())]
    lines += [
        "",
        "Codes: 1 both sides, 2 the child's left, 3 the child's right, 4 upper, 5 lower. Actions:",
        "",
    ]
    lines += [", ".join(f"{key} {name}" for key, name in facts.actions) + "."]
    if facts.unseen:
        lines += [
            "",
            f"**Not coded, because the eyes were kept from the coder: {', '.join(facts.unseen)}.** That they "
            "are not among the codes of a frame does not mean that they are absent.",
        ]
    return lines


def _cell(told: ToldOfChild) -> tuple[str, str, str]:
    ages = "not told" if told.years is None else "-".join(map(str, dict.fromkeys(told.years)))
    return told.group or "not told", told.sex or "not told", ages


def _preprocessing(facts: PackageFacts) -> list[str]:
    unable = sum(entry.not_codable for entry in facts.recordings)
    touched = sum(entry.with_models for entry in facts.recordings)
    lines = [
        f"- Packed by {facts.program}.",
        "- Children and recordings have codes drawn at random. Names of files and coders, notes and dates "
        "are not in it.",
        "- Ages are completed years, joined to bands.",
        f"- Every combination of group, sex and age is told of at least {facts.smallest_cell} children. A "
        "value that fewer share is withheld, and so is the next rarest one where it would give the first "
        "away. What is withheld cannot be told from what is not known.",
        "- Frames of excluded clips, and frames whose codes were carried from a neighbour and never "
        "confirmed, are not in it.",
        f"- Frames that could not be coded: {unable}. Frames that a model's suggestions had a part in: "
        f"{touched}; the column `with_model` names them.",
    ]
    if not all(child.told.group for child in facts.children):
        lines.append(
            "- The format of the HRM release cannot leave a group open, so children whose group is not told "
            "are in the Parquet files alone."
        )
    if facts.features:
        lines.append(
            "- Features are those of the child's face in coded frames. Of landmarks only five points are "
            "among them, because the shape of a face tells who it is."
        )
    if facts.pictures:
        withheld = sum(entry.withheld for entry in facts.recordings)
        lines.append(
            f"- Eyes of all faces that were found are covered. Pictures whose eyes could not be located are "
            f"left out: {withheld}. The rest of the picture is as it was filmed."
        )
    return lines
